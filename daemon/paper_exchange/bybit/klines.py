"""Bybit's candle endpoints: of trades, of the index, of the mark price and of its premium.

Source: https://bybit-exchange.github.io/docs/v5/market/kline and its neighbours
"""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from daemon.paper_exchange.bybit.candles import (
    INTERVALS,
    interval_end,
    interval_start,
    turnover,
)
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.market_data import MarketData, Params
from daemon.paper_exchange.bybit.order_entry import integer
from daemon.paper_exchange.bybit.wire import Json, price_text, text
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS
from daemon.paper_exchange.market import Market, next_funding_ms

ROWS_MAX: Final = 1000
_PREMIUM_DIGITS: Final = Decimal("1E-6")


class Klines:
    """Answers the candle endpoints."""

    def __init__(self, data: MarketData) -> None:
        self._data = data

    def kline(self, params: Params) -> Json:
        """Answer market/kline, newest candle first, the forming one included."""
        market = self._data.one(params)
        interval, starts = _starts(params, market)
        rows: list[list[str]] = []
        for start in starts:
            candle = self._data.candles.candle(market, interval, start)
            if candle is not None:
                prices = (candle.open, candle.high, candle.low, candle.close)
                texts = [price_text(price, market.spec) for price in prices]
                rows.append([str(start), *texts, text(candle.volume), text(turnover(candle))])
        return {"symbol": market.spec.symbol, "category": "linear", "list": rows}

    def index_kline(self, params: Params) -> Json:
        """Answer market/index-price-kline; the model's index is the last price."""
        answer = self.kline(params)
        return answer | {"list": [row[:5] for row in answer["list"]]}

    def mark_kline(self, params: Params) -> Json:
        """Answer market/mark-price-kline from the model mark: last price plus the premium."""
        market = self._data.one(params)
        interval, starts = _starts(params, market)
        rows: list[list[str]] = []
        for start in starts:
            candle = self._data.candles.candle(market, interval, start)
            if candle is None:
                continue
            factor = 1 + _premium(market, interval, start)
            prices = (candle.open, candle.high, candle.low, candle.close)
            marks = [market.round_to_tick(price * factor) for price in prices]
            rows.append([str(start), *(price_text(mark, market.spec) for mark in marks)])
        return {"symbol": market.spec.symbol, "category": "linear", "list": rows}

    def premium_kline(self, params: Params) -> Json:
        """Answer market/premium-index-price-kline: the model's premium, one figure a candle."""
        market = self._data.one(params)
        interval, starts = _starts(params, market)
        rows: list[list[str]] = []
        for start in starts:
            if self._data.candles.candle(market, interval, start) is not None:
                premium = _premium(market, interval, start).quantize(_PREMIUM_DIGITS)
                rows.append([str(start), *[format(premium, "f")] * 4])
        return {"symbol": market.spec.symbol, "category": "linear", "list": rows}


def _premium(market: Market, interval: str, start: int) -> Decimal:
    """Return mark over index less 1 at a candle's close: the funding that is still to run."""
    close = min(interval_end(interval, start), market.time_ms)
    until = Decimal(next_funding_ms(close) - close) / FUNDING_INTERVAL_MS
    return market.funding_rate(close) * until


def _starts(params: Params, market: Market) -> tuple[str, list[int]]:
    """List the candle starts that a request asks for, newest first.

    With a start alone the page begins there; else it ends at the end (default: now).
    """
    interval = params.get("interval", "")
    if interval not in INTERVALS:
        raise parameter_error("params error: Interval Invalid")
    limit = max(1, min(integer(params, "limit", 200), ROWS_MAX))
    end = min(integer(params, "end", market.time_ms), market.time_ms)
    start = max(integer(params, "start", 0), market.listed_ms)
    if end < start:
        return interval, []
    starts: list[int] = []
    if "start" in params and "end" not in params:
        at = interval_start(interval, start)
        at = at if at == start else interval_end(interval, at)
        while at <= end and len(starts) < limit:
            starts.append(at)
            at = interval_end(interval, at)
        return interval, starts[::-1]
    at = interval_start(interval, end)
    while at >= start and len(starts) < limit:
        starts.append(at)
        at = interval_start(interval, at - 1)
    return interval, starts
