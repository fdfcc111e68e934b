"""Bybit's request limits: per user and endpoint group in a second, per address in five seconds.

Source: https://bybit-exchange.github.io/docs/v5/rate-limit
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

ORDER_LIMIT: Final = 10
QUERY_LIMIT: Final = 50
WINDOW_MS: Final = 1000
ADDRESS_LIMIT: Final = 600
ADDRESS_WINDOW_MS: Final = 5000
ADDRESS_BAN_MS: Final = 600_000

ORDER_PATHS: Final = frozenset(
    {
        "/v5/order/create",
        "/v5/order/amend",
        "/v5/order/cancel",
        "/v5/order/cancel-all",
        "/v5/order/create-batch",
        "/v5/order/cancel-batch",
        "/v5/position/set-leverage",
        "/v5/position/switch-mode",
        "/v5/position/trading-stop",
    }
)


@dataclass(frozen=True, slots=True)
class Allowance:
    """What a user has left of one endpoint's limit; sent back in the X-Bapi headers."""

    limit: int
    left: int
    reset_ms: int
    is_exceeded: bool

    def headers(self) -> dict[str, str]:
        """Build the headers that every answer to a signed request carries."""
        return {
            "X-Bapi-Limit": str(self.limit),
            "X-Bapi-Limit-Status": str(self.left),
            "X-Bapi-Limit-Reset-Timestamp": str(self.reset_ms),
        }


class Limiter:
    """Counts requests in rolling windows; times are of the wire clock, in ms."""

    def __init__(self, *, address_limit: int = ADDRESS_LIMIT) -> None:
        self._address_limit = address_limit
        self._users: dict[tuple[str, str], deque[int]] = {}
        self._addresses: dict[str, deque[int]] = {}
        self._banned_until: dict[str, int] = {}

    def is_address_allowed(self, address: str, *, now_ms: int) -> bool:
        """Count one request of an address; too many ban it for ten minutes."""
        if now_ms < self._banned_until.get(address, 0):
            return False
        seen = self._addresses.setdefault(address, deque())
        _forget(seen, now_ms - ADDRESS_WINDOW_MS)
        if len(seen) >= self._address_limit:
            self._banned_until[address] = now_ms + ADDRESS_BAN_MS
            return False
        seen.append(now_ms)
        return True

    def take(self, user: str, path: str, *, now_ms: int, weight: int = 1) -> Allowance:
        """Count a signed request of a user; a refused one does not count.

        Args:
            weight: requests that it stands for; a batch counts each of its orders.
        """
        limit = ORDER_LIMIT if path in ORDER_PATHS else QUERY_LIMIT
        seen = self._users.setdefault((user, path), deque())
        _forget(seen, now_ms - WINDOW_MS)
        reset_ms = (seen[0] if seen else now_ms) + WINDOW_MS
        if len(seen) + weight > max(limit, weight):
            return Allowance(limit, max(0, limit - len(seen)), reset_ms, is_exceeded=True)
        seen.extend([now_ms] * weight)
        return Allowance(limit, max(0, limit - len(seen)), reset_ms, is_exceeded=False)


def _forget(seen: deque[int], before_ms: int) -> None:
    while seen and seen[0] <= before_ms:
        seen.popleft()
