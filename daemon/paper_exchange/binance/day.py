"""The last 24 hours of a contract."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.klines import quote_volume
from daemon.paper_exchange.binance.market_data import one_or_all
from daemon.paper_exchange.binance.wire import plain
from daemon.paper_exchange.candles import DAY_MS, HOUR_MS, CandleReader, join
from daemon.paper_exchange.market import STEP_MS, Market
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.prices import MINUTE_MS, Candle


def get_day_ticker(call: Call) -> Any:
    """Return the last 24 hours of a contract or of all."""
    return one_or_all(call, lambda market: day_ticker_row(market, call.dialect.candles))


@dataclass(frozen=True, slots=True)
class Day:
    """The last 24 hours of a contract."""

    open_ms: int
    close_ms: int
    candle: Candle
    quote: Decimal


def read_day(market: Market, candles: CandleReader) -> Day:
    """Sum up the last 24 hours: whole hours, and the minutes at both ends."""
    close_ms = market.time_ms
    open_ms = close_ms - close_ms % MINUTE_MS - DAY_MS + MINUTE_MS
    first_hour = -(-open_ms // HOUR_MS) * HOUR_MS
    last_hour = close_ms - close_ms % HOUR_MS
    minutes_before = (first_hour - open_ms) // MINUTE_MS
    parts: list[Candle] = []
    if minutes_before:
        parts += candles.read(market, interval_ms=MINUTE_MS, limit=minutes_before, start_ms=open_ms)
    parts += candles.read(market, interval_ms=HOUR_MS, limit=24, start_ms=first_hour)[
        : (last_hour - first_hour) // HOUR_MS
    ]
    minutes_after = (close_ms - last_hour) // MINUTE_MS + 1
    parts += candles.read(market, interval_ms=MINUTE_MS, limit=minutes_after, start_ms=last_hour)
    day = join(open_ms, parts) or market.forming_candle()
    return Day(open_ms, close_ms, day, sum((quote_volume(p) for p in parts), ZERO))


def day_ticker_row(market: Market, candles: CandleReader) -> dict[str, Any]:
    """Write the last 24 hours of a contract."""
    day = read_day(market, candles)
    candle = day.candle
    change = market.last_price - candle.open
    mean = day.quote / candle.volume if candle.volume else market.last_price
    return {
        "symbol": market.spec.symbol,
        "priceChange": plain(change),
        "priceChangePercent": plain(change / candle.open * 100, 3),
        "weightedAvgPrice": plain(mean, market.spec.price_precision),
        "lastPrice": plain(market.last_price),
        "lastQty": plain(market.spec.min_quantity),
        "openPrice": plain(candle.open),
        "highPrice": plain(candle.high),
        "lowPrice": plain(candle.low),
        "volume": plain(candle.volume),
        "quoteVolume": plain(day.quote, 2),
        "openTime": day.open_ms,
        "closeTime": day.close_ms,
        "firstId": day.open_ms // STEP_MS,
        "lastId": day.close_ms // STEP_MS,
        "count": (day.close_ms - day.open_ms) // STEP_MS + 1,
    }
