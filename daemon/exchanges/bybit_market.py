"""What Bybit tells without a key: contracts with their brackets, bars, the time.

Source: https://bybit-exchange.github.io/docs/v5/market.
"""

from datetime import datetime
from typing import Any

from daemon.exchanges import bybit_wire as wire
from daemon.exchanges.calls import Caller, Target
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.wire import (
    BOOK_LEVELS,
    field,
    list_of,
    milliseconds_of,
    order_book,
    rows_of,
    text,
    time_of,
)
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.order_books import OrderBook
from patriot_app.core.errors import ExchangeUnavailable

LIST_PAGES_MAX = 100
_INTERVALS = {1: "1", 3: "3", 5: "5", 15: "15", 30: "30", 60: "60", 240: "240", 1_440: "D"}
_BARS_MAX = 1_000
_PUBLIC = ["public"]


class BybitMarket:
    """Public reads of Bybit v5 linear."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def fetch_instruments(
        self, mode: AccountMode, *, session: AccountSession | None
    ) -> list[Instrument]:
        """List USDT perpetuals; brackets are public here, so the session is not needed."""
        target = Target(Exchange.BYBIT, mode)
        rows = await read_all(
            self._caller,
            target,
            Call(_PUBLIC, "v5/market/instruments-info", "GET"),
            {"category": "linear", "limit": 1_000},
        )
        limits = await read_all(
            self._caller,
            target,
            Call(_PUBLIC, "v5/market/risk-limit", "GET"),
            {"category": "linear"},
        )
        by_symbol: dict[str, list[dict[str, Any]]] = {}
        for limit in limits:
            by_symbol.setdefault(field(limit, "symbol"), []).append(limit)
        return [
            wire.instrument(row, wire.brackets(by_symbol.get(row["symbol"], ())))
            for row in rows
            if row.get("contractType") == "LinearPerpetual" and row.get("settleCoin") == "USDT"
        ]

    async def fetch_candles(
        self, mode: AccountMode, symbol: str, *, interval_minutes: int, since: datetime, limit: int
    ) -> list[Candle]:
        start = milliseconds_of(since)
        wanted = min(limit + 1, _BARS_MAX)
        result = await self._caller.read(
            Target(Exchange.BYBIT, mode),
            Call(_PUBLIC, "v5/market/kline", "GET"),
            {
                "category": "linear",
                "symbol": symbol,
                "interval": _INTERVALS[interval_minutes],
                "start": start,
                # Newest first: without an end the page would hold the latest bars, not these.
                "end": start + wanted * interval_minutes * 60_000 - 1,
                "limit": wanted,
            },
            weight=1,
        )
        rows = sorted(list_of(field(result, "list")), key=lambda row: int(row[0]))
        # The last bar may still be forming; one that has a successor is closed for certain.
        return [wire.candle(row, interval_minutes=interval_minutes) for row in rows[:-1]]

    async def fetch_order_book(self, mode: AccountMode, symbol: str) -> OrderBook:
        result = await self._caller.read(
            Target(Exchange.BYBIT, mode),
            Call(_PUBLIC, "v5/market/orderbook", "GET"),
            {"category": "linear", "symbol": symbol, "limit": BOOK_LEVELS},
            weight=1,
        )
        return order_book(field(result, "b"), field(result, "a"))

    async def server_time(self, mode: AccountMode) -> datetime:
        result = await self._caller.read(
            Target(Exchange.BYBIT, mode), Call(_PUBLIC, "v5/market/time", "GET"), weight=1
        )
        return time_of(int(field(result, "timeNano")) // 1_000_000)

    def ping_url(self, mode: AccountMode) -> str:
        return f"{self._caller.endpoints.of(Exchange.BYBIT, mode).rest}/v5/market/time"


async def read_all(
    caller: Caller, target: Target, call: Call, params: dict[str, Any]
) -> list[dict[str, Any]]:
    """Read a list to its end, page by page."""
    rows: list[dict[str, Any]] = []
    cursor = ""
    for _ in range(LIST_PAGES_MAX):
        query = params | ({"cursor": cursor} if cursor else {})
        result = await caller.read(target, call, query, weight=1)
        page = rows_of(field(result, "list"))
        rows.extend(page)
        cursor = text(result, "nextPageCursor")
        if not page or not cursor:
            return rows
    raise ExchangeUnavailable(f"bybit {call.path}: more than {LIST_PAGES_MAX} pages")
