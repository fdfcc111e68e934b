"""Binance's rate limits in wall time: request weight by source address, orders by account."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from daemon.paper_exchange.binance.codes import WireError

MINUTE_MS: Final = 60_000
TEN_SECONDS_MS: Final = 10_000
ORDERS_PER_MINUTE: Final = 1_200
ORDERS_PER_TEN_SECONDS: Final = 300
STRIKES_BEFORE_BAN: Final = 50
BAN_MS: Final = 120_000
LONGEST_BAN_MS: Final = 3 * 86_400_000
"""Repeated bans grow from two minutes to three days."""


@dataclass(slots=True)
class _Source:
    minute: int = -1
    weight: int = 0
    strikes: int = 0
    bans: int = 0
    banned_until_ms: int = 0


@dataclass(slots=True)
class _Count:
    """Orders of one account in the present ten seconds and the present minute."""

    ten: int = -1
    in_ten: int = 0
    minute: int = -1
    in_minute: int = 0


@dataclass(slots=True)
class RateLimits:
    """Counters of one Binance dialect.

    Attributes:
        weight_limit: request weight for each address and minute.
        retry_after: whether refusals carry Retry-After; the ban's end is always in the text.
    """

    weight_limit: int = 2_400
    retry_after: bool = True
    _sources: dict[str, _Source] = field(default_factory=dict)
    _orders: dict[str, _Count] = field(default_factory=dict)

    def spend(self, ip: str, weight: int, now_ms: int) -> int:
        """Count a request and return the weight used this minute.

        Raises:
            WireError: 429 above the limit; 418 while the address is banned for going on.
        """
        source = self._sources.setdefault(ip, _Source())
        minute = now_ms // MINUTE_MS
        if source.minute != minute:
            source.minute, source.weight = minute, 0
        if now_ms < source.banned_until_ms:
            raise self._refusal(source, 418, source.banned_until_ms - now_ms)
        source.weight += weight
        if source.weight <= self.weight_limit:
            return source.weight
        source.strikes += 1
        if source.strikes > STRIKES_BEFORE_BAN:
            ban_ms = min(BAN_MS * 2**source.bans, LONGEST_BAN_MS)
            source.strikes = 0
            source.bans = min(source.bans + 1, 16)
            source.banned_until_ms = now_ms + ban_ms
            raise self._refusal(source, 418, ban_ms)
        raise self._refusal(source, 429, MINUTE_MS - now_ms % MINUTE_MS)

    def used(self, ip: str, now_ms: int) -> int:
        """Return the weight an address has used this minute."""
        source = self._sources.get(ip)
        return source.weight if source and source.minute == now_ms // MINUTE_MS else 0

    def count_order(self, api_key: str, orders: int, now_ms: int) -> dict[str, str]:
        """Count orders of an account and return the headers that tell it.

        Raises:
            WireError: 429 with -1015 above either limit.
        """
        count = self._orders.get(api_key)
        if count is None:
            count = self._orders[api_key] = _Count()
        ten, minute = now_ms // TEN_SECONDS_MS, now_ms // MINUTE_MS
        if count.ten != ten:
            count.ten, count.in_ten = ten, 0
        if count.minute != minute:
            count.minute, count.in_minute = minute, 0
        if count.in_ten + orders > ORDERS_PER_TEN_SECONDS:
            raise _too_many(ORDERS_PER_TEN_SECONDS, "10 SECONDS")
        if count.in_minute + orders > ORDERS_PER_MINUTE:
            raise _too_many(ORDERS_PER_MINUTE, "1 MINUTE")
        count.in_ten += orders
        count.in_minute += orders
        return {
            "X-MBX-ORDER-COUNT-10S": str(count.in_ten),
            "X-MBX-ORDER-COUNT-1M": str(count.in_minute),
        }

    def _refusal(self, source: _Source, status: int, wait_ms: int) -> WireError:
        headers = {"X-MBX-USED-WEIGHT-1M": str(source.weight)}
        if self.retry_after:
            headers["Retry-After"] = str(max(1, -(-wait_ms // 1000)))
        text = (
            f"Way too many requests; IP banned until {source.banned_until_ms}. Please use the "
            "websocket for live updates to avoid bans."
            if status == 418
            else f"Too many requests; current limit is {self.weight_limit} requests per minute. "
            "Please use the websocket for live updates to avoid polling the API."
        )
        return WireError(-1003, text, status=status, headers=headers)


def _too_many(limit: int, interval: str) -> WireError:
    text = f"Too many new orders; current limit is {limit} orders per {interval}."
    return WireError(-1015, text, status=429)
