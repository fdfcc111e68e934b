"""Bybit's request limits: per user and endpoint in a second, per address in five seconds.

Source: https://bybit-exchange.github.io/docs/v5/rate-limit
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final

ORDER_LIMIT: Final = 10
QUERY_LIMIT: Final = 50
WINDOW_MS: Final = 1000
ADDRESS_LIMIT: Final = 600
ADDRESS_WINDOW_MS: Final = 5000
ADDRESS_BAN_MS: Final = 600_000
ADDRESSES_MAX: Final = 10_000
"""Addresses that are remembered; the one heard of longest ago is forgotten first."""

# Requests a second where it is neither the limit of the writing endpoints nor of the reading ones.
OTHER_LIMITS: Final = {
    "/v5/account/fee-rate": 10,
    "/v5/account/set-margin-mode": 5,
    "/v5/account/transaction-log": 30,
    "/v5/asset/coin/query-info": 5,
    "/v5/asset/transfer/inter-transfer": 20,
    "/v5/asset/transfer/universal-transfer": 5,
    "/v5/user/query-api": 10,
}


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
        self._addresses: OrderedDict[str, deque[int]] = OrderedDict()
        self._banned_until: dict[str, int] = {}

    def is_address_allowed(self, address: str, *, now_ms: int) -> bool:
        """Count one request of an address; too many ban it for ten minutes."""
        if now_ms < self._banned_until.get(address, 0):
            return False
        seen = self._addresses.setdefault(address, deque())
        self._addresses.move_to_end(address)
        if len(self._addresses) > ADDRESSES_MAX:
            self._addresses.popitem(last=False)
        _forget(seen, now_ms - ADDRESS_WINDOW_MS)
        if len(seen) >= self._address_limit:
            self._banned_until[address] = now_ms + ADDRESS_BAN_MS
            return False
        seen.append(now_ms)
        return True

    def take(self, user: str, path: str, *, is_read: bool, now_ms: int, weight: int) -> Allowance:
        """Count a signed request of a user; a refused one does not count.

        Args:
            weight: requests that it stands for; a batch counts each of its orders.
        """
        limit = OTHER_LIMITS.get(path, QUERY_LIMIT if is_read else ORDER_LIMIT)
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
