"""Sliding windows: no span of an exchange's own length ever holds more than we allow."""

import math
from collections import deque
from dataclasses import dataclass, field

USABLE_SHARE = 0.8
"""A fifth stays unused: other programs may share the address, and clocks differ."""


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `units` in any `window_s`."""

    units: float
    window_s: float


@dataclass(slots=True)
class Window:
    """What was used in the last `limit.window_s` seconds."""

    limit: Limit
    used: float = 0.0
    entries: deque[tuple[float, float]] = field(default_factory=deque)

    def delay(self, now: float, units: float, share: float) -> float:
        """Return the seconds until `units` fit, 0 if they do now."""
        self._expire(now)
        allowed = self.limit.units * USABLE_SHARE * share
        excess = self.used + units - allowed
        if excess <= 0:
            return 0.0
        for at, taken in self.entries:
            excess -= taken
            if excess <= 0:
                return max(at + self.limit.window_s - now, 0.001)
        return math.inf

    def take(self, now: float, units: float) -> None:
        if units:
            self.entries.append((now, units))
            self.used += units

    def observe(self, now: float, used: float) -> None:
        """Believe the exchange if it counted more than we did."""
        self._expire(now)
        if used > self.used:
            self.take(now, used - self.used)

    def used_at(self, now: float) -> float:
        self._expire(now)
        return self.used

    def _expire(self, now: float) -> None:
        while self.entries and self.entries[0][0] <= now - self.limit.window_s:
            self.used -= self.entries.popleft()[1]
        if not self.entries:
            self.used = 0.0
