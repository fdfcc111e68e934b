"""Endpoints of candles: last, mark and index price, premium, continuous contracts."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, invalid
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.candles import DAY_MS, HOUR_MS, WEEK_MS
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS
from daemon.paper_exchange.market import Market, next_funding_ms
from daemon.paper_exchange.prices import MINUTE_MS, Candle

INTERVALS: Final = {
    "1m": MINUTE_MS,
    "3m": 3 * MINUTE_MS,
    "5m": 5 * MINUTE_MS,
    "15m": 15 * MINUTE_MS,
    "30m": 30 * MINUTE_MS,
    "1h": HOUR_MS,
    "2h": 2 * HOUR_MS,
    "4h": 4 * HOUR_MS,
    "6h": 6 * HOUR_MS,
    "8h": 8 * HOUR_MS,
    "12h": 12 * HOUR_MS,
    "1d": DAY_MS,
    "3d": 3 * DAY_MS,
    "1w": WEEK_MS,
}
CONTRACT_TYPES: Final = ("PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL")
LARGEST_LIMIT: Final = 1500
_TRADES_A_MINUTE: Final = 120
"""A number for the trade count columns; the model has volume but no single trades."""


def get_klines(call: Call) -> list[list[Any]]:
    """Return candles of a contract."""
    market = call.market_of(call.parameters.required("symbol"))
    return _rows(call, market, kline_row)


def get_continuous_klines(call: Call) -> list[list[Any]]:
    """Return candles of a pair's contract of some kind; only perpetuals are listed."""
    market = call.market_of(call.parameters.required("pair"))
    call.parameters.required("contractType")
    if call.parameters.word("contractType", CONTRACT_TYPES) != "PERPETUAL":
        return []
    return _rows(call, market, kline_row)


def get_mark_klines(call: Call) -> list[list[Any]]:
    """Return candles of the mark price: the model's premium applied to each."""
    market = call.market_of(call.parameters.required("symbol"))

    def write(candle: Candle, interval_ms: int) -> list[Any]:
        factor = 1 + premium(market, candle.open_time_ms)
        prices = (candle.open, candle.high, candle.low, candle.close)
        return _price_row(candle, interval_ms, [money(price * factor) for price in prices])

    return _rows(call, market, write)


def get_index_klines(call: Call) -> list[list[Any]]:
    """Return candles of a pair's index price, which the model takes from the last price."""
    market = call.market_of(call.parameters.required("pair"))

    def write(candle: Candle, interval_ms: int) -> list[Any]:
        prices = (candle.open, candle.high, candle.low, candle.close)
        return _price_row(candle, interval_ms, [money(price) for price in prices])

    return _rows(call, market, write)


def get_premium_klines(call: Call) -> list[list[Any]]:
    """Return candles of the premium of the mark price over the index."""
    market = call.market_of(call.parameters.required("symbol"))

    def write(candle: Candle, interval_ms: int) -> list[Any]:
        first = premium(market, candle.open_time_ms)
        last = premium(market, candle.open_time_ms + interval_ms - 1)
        ends = (first, max(first, last), min(first, last), last)
        return _price_row(candle, interval_ms, [money(value) for value in ends])

    return _rows(call, market, write)


def kline_row(candle: Candle, interval_ms: int) -> list[Any]:
    """Write a candle as the klines endpoint does."""
    quote = quote_volume(candle)
    return [
        candle.open_time_ms,
        plain(candle.open),
        plain(candle.high),
        plain(candle.low),
        plain(candle.close),
        plain(candle.volume),
        candle.open_time_ms + interval_ms - 1,
        money(quote),
        _TRADES_A_MINUTE * interval_ms // MINUTE_MS,
        plain(candle.volume / 2, 8),
        money(quote / 2),
        "0",
    ]


def quote_volume(candle: Candle) -> Decimal:
    """Estimate the quote volume of a candle by its mean price."""
    mean = (candle.open + candle.high + candle.low + candle.close) / 4
    return candle.volume * mean


def premium(market: Market, time_ms: int) -> Decimal:
    """Return what the model's mark price is above the index, as a fraction."""
    until = next_funding_ms(time_ms) - time_ms
    return market.funding_rate(time_ms) * until / FUNDING_INTERVAL_MS


def klines_weight(parameters: Parameters) -> int:
    """Return the weight of a klines request by its number of rows."""
    limit = parameters.limit(default=500, largest=LARGEST_LIMIT)
    return 1 if limit < 100 else 2 if limit < 500 else 5 if limit <= 1000 else 10


def _rows(call: Call, market: Market, write: Callable[[Candle, int], list[Any]]) -> list[list[Any]]:
    call.engine.enter()
    interval_ms = INTERVALS.get(call.parameters.required("interval"))
    if interval_ms is None:
        raise WireError(-1120, "Invalid interval.")
    limit = call.parameters.integer("limit", 500)
    if limit is None or not 1 <= limit <= LARGEST_LIMIT:
        raise invalid("limit")
    start_ms, end_ms = call.time_range()
    candles = call.dialect.candles.read(
        market, interval_ms=interval_ms, limit=limit, start_ms=start_ms, end_ms=end_ms
    )
    return [write(candle, interval_ms) for candle in candles]


def _price_row(candle: Candle, interval_ms: int, prices: list[str]) -> list[Any]:
    close_ms = candle.open_time_ms + interval_ms - 1
    count = interval_ms // 1000
    return [candle.open_time_ms, *prices, "0", close_ms, "0", count, "0", "0", "0"]
