"""How often a program may ask: its own budget, refilled evenly, told in every answer.

The budget is kept in this process, as its requests are; a restart fills it.
"""

from dataclasses import dataclass, field
from math import ceil

from patriot_app.core.clock import Clock, SystemClock

REMEMBERED_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Budget:
    """What is left after a request.

    Attributes:
        wait_s: until the next request; 0 where this one was let through.
    """

    limit: int
    remaining: int
    reset_s: int
    wait_s: int

    @property
    def headers(self) -> dict[str, str]:
        """Return what the answer tells of it (draft-ietf-httpapi-ratelimit-headers)."""
        told = {
            "ratelimit-limit": str(self.limit),
            "ratelimit-remaining": str(self.remaining),
            "ratelimit-reset": str(self.reset_s),
        }
        return told | ({"retry-after": str(self.wait_s)} if self.wait_s else {})


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class RateLimits:
    """The budgets of this process's programs."""

    clock: Clock = field(default_factory=SystemClock)
    _buckets: dict[str, _Bucket] = field(default_factory=dict)

    def spend(self, key: str, *, per_minute: int) -> Budget:
        """Take one request from a budget, if there is one left."""
        now = self.clock.monotonic()
        if len(self._buckets) >= REMEMBERED_MAX:
            self._buckets.clear()
        bucket = self._buckets.setdefault(key, _Bucket(float(per_minute), now))
        per_second = per_minute / 60
        bucket.tokens = min(float(per_minute), bucket.tokens + (now - bucket.at) * per_second)
        bucket.at = now
        is_let_through = bucket.tokens >= 1
        if is_let_through:
            bucket.tokens -= 1
        return Budget(
            limit=per_minute,
            remaining=int(bucket.tokens),
            reset_s=ceil((per_minute - bucket.tokens) / per_second),
            wait_s=0 if is_let_through else max(1, ceil((1 - bucket.tokens) / per_second)),
        )


LIMITS = RateLimits()
