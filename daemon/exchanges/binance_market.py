"""What Binance tells without a key: contracts, bars, the time; and brackets, which need one.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/market-data.
"""

from datetime import datetime

from daemon.exchanges import binance_wire as wire
from daemon.exchanges.calls import Caller, Target, target_of
from daemon.exchanges.clients import Call
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.wire import (
    BOOK_LEVELS,
    field,
    list_of,
    milliseconds_of,
    order_book,
    rows_of,
    time_of,
)
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.candles import Candle
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.order_books import OrderBook

_INTERVALS = {1: "1m", 3: "3m", 5: "5m", 15: "15m", 30: "30m", 60: "1h", 240: "4h", 1_440: "1d"}
_BARS_MAX = 1_500
_PUBLIC = ["fapiPublic"]
_BRACKETS = Call(["fapiPrivate"], "leverageBracket", "GET")


class BinanceMarket:
    """Public reads of Binance USDT-M."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller

    async def fetch_instruments(
        self, mode: AccountMode, *, session: AccountSession | None
    ) -> list[Instrument]:
        """List USDT perpetuals; without a session brackets are empty and the leverage cap is 20."""
        document = await self._caller.read(
            Target(Exchange.BINANCE, mode), Call(_PUBLIC, "exchangeInfo", "GET"), weight=1
        )
        bands = {}
        if session is not None:
            rows = await self._caller.read(target_of(session), _BRACKETS, weight=1)
            bands = {field(row, "symbol"): wire.brackets(row) for row in rows_of(rows)}
        return [
            wire.instrument(row, bands.get(row["symbol"], ()))
            for row in rows_of(field(document, "symbols"))
            if row.get("contractType") == "PERPETUAL" and row.get("quoteAsset") == "USDT"
        ]

    async def fetch_candles(
        self, mode: AccountMode, symbol: str, *, interval_minutes: int, since: datetime, limit: int
    ) -> list[Candle]:
        rows = await self._caller.read(
            Target(Exchange.BINANCE, mode),
            Call(_PUBLIC, "klines", "GET"),
            {
                "symbol": symbol,
                "interval": _INTERVALS[interval_minutes],
                "startTime": milliseconds_of(since),
                "limit": min(limit + 1, _BARS_MAX),
            },
            weight=_weight(min(limit + 1, _BARS_MAX)),
        )
        # The last bar may still be forming; one that has a successor is closed for certain.
        return [wire.candle(row) for row in sorted(list_of(rows), key=lambda row: int(row[0]))[:-1]]

    async def fetch_order_book(self, mode: AccountMode, symbol: str) -> OrderBook:
        row = await self._caller.read(
            Target(Exchange.BINANCE, mode),
            Call(_PUBLIC, "depth", "GET"),
            {"symbol": symbol, "limit": BOOK_LEVELS},
            weight=10,
        )
        return order_book(field(row, "bids"), field(row, "asks"))

    async def server_time(self, mode: AccountMode) -> datetime:
        row = await self._caller.read(
            Target(Exchange.BINANCE, mode), Call(_PUBLIC, "time", "GET"), weight=1
        )
        return time_of(field(row, "serverTime"))

    def ping_url(self, mode: AccountMode) -> str:
        return f"{self._caller.endpoints.of(Exchange.BINANCE, mode).rest}/fapi/v1/ping"


def _weight(bars: int) -> int:
    """Return what klines cost by their number."""
    if bars < 100:
        return 1
    if bars < 500:
        return 2
    return 5 if bars <= 1_000 else 10
