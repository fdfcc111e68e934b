"""Bybit's public market endpoints.

Source: https://bybit-exchange.github.io/docs/v5/market/instrument and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.bybit.candles import (
    INTERVALS,
    CandleBook,
    interval_end,
    interval_start,
    turnover,
)
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.ids import execution_uuid
from daemon.paper_exchange.bybit.listing import FUNDING_BOUND, instrument_row, risk_rows
from daemon.paper_exchange.bybit.wire import Json, price_text, text
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, InstrumentSpec
from daemon.paper_exchange.market import Market, next_funding_ms
from daemon.paper_exchange.prices import MINUTE_MS

BOOK_DEPTH_MAX: Final = 50
Params = Mapping[str, str]


class MarketData:
    """Answers the public endpoints from the engine's markets.

    Args:
        open_interest: base coin held in long positions of a contract.
    """

    def __init__(
        self, markets: Mapping[str, Market], open_interest: Callable[[str], Decimal]
    ) -> None:
        self._markets = markets
        self._open_interest = open_interest
        self.candles = CandleBook()

    def instruments(self, params: Params) -> Json:
        """Answer market/instruments-info; only linear contracts are listed."""
        rows: list[Json] = []
        if params.get("category") == "linear" and params.get("status", "Trading") == "Trading":
            rows = [instrument_row(market.spec) for market in self._selected(params)]
        return {"category": params.get("category", ""), "list": rows, "nextPageCursor": ""}

    def risk_limit(self, params: Params) -> Json:
        """Answer market/risk-limit: the brackets of each contract."""
        rows: list[Json] = []
        if params.get("category") == "linear":
            for market in self._selected(params):
                rows.extend(risk_rows(market.spec))
        return {"category": params.get("category", ""), "list": rows, "nextPageCursor": ""}

    def kline(self, params: Params) -> Json:
        """Answer market/kline, newest candle first, the forming one included."""
        market = self._one(params)
        interval, starts = self._starts(params, market)
        rows: list[list[str]] = []
        for start in starts:
            candle = self.candles.candle(market, interval, start)
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
        market = self._one(params)
        interval, starts = self._starts(params, market)
        rows: list[list[str]] = []
        for start in starts:
            candle = self.candles.candle(market, interval, start)
            if candle is None:
                continue
            close = min(interval_end(interval, start), market.time_ms)
            until = Decimal(next_funding_ms(close) - close) / FUNDING_INTERVAL_MS
            premium = 1 + market.funding_rate(close) * until
            prices = (candle.open, candle.high, candle.low, candle.close)
            marks = [market.round_to_tick(price * premium) for price in prices]
            rows.append([str(start), *(price_text(mark, market.spec) for mark in marks)])
        return {"symbol": market.spec.symbol, "category": "linear", "list": rows}

    def tickers(self, params: Params) -> Json:
        """Answer market/tickers."""
        rows: list[Json] = []
        if params.get("category") == "linear":
            rows = [self.ticker(market) for market in self._selected(params)]
        return {"category": params.get("category", ""), "list": rows}

    def ticker(self, market: Market) -> Json:
        """Shape the ticker of one contract, for the endpoint and for the stream."""
        spec, day = market.spec, self.candles.day(market)
        change = (market.last_price / day.first - 1) if day.first else Decimal(0)
        interest = self._open_interest(spec.symbol)
        return {
            "symbol": spec.symbol,
            "tickDirection": "ZeroPlusTick",
            "lastPrice": price_text(market.last_price, spec),
            "indexPrice": price_text(market.index_price, spec),
            "markPrice": price_text(market.mark_price, spec),
            "prevPrice24h": price_text(day.first, spec),
            "price24hPcnt": text(change.quantize(Decimal("0.000001"))),
            "highPrice24h": price_text(max(day.high, market.last_price), spec),
            "lowPrice24h": price_text(min(day.low, market.last_price), spec),
            "prevPrice1h": price_text(day.hour_ago, spec),
            "openInterest": text(interest),
            "openInterestValue": text(interest * market.mark_price),
            "turnover24h": text(day.turnover),
            "volume24h": text(day.volume),
            "fundingRate": text(market.funding_rate()),
            "nextFundingTime": str(next_funding_ms(market.time_ms)),
            "fundingIntervalHour": str(FUNDING_INTERVAL_MS // 3_600_000),
            "fundingCap": FUNDING_BOUND,
            "predictedDeliveryPrice": "",
            "basisRate": "",
            "basis": "",
            "deliveryFeeRate": "",
            "deliveryTime": "0",
            "ask1Size": text(market.level_quantity),
            "ask1Price": price_text(market.ask, spec),
            "bid1Size": text(market.level_quantity),
            "bid1Price": price_text(market.bid, spec),
        }

    def orderbook(self, params: Params) -> Json:
        """Answer market/orderbook."""
        return self.book(self._one(params), depth=_integer(params, "limit", 25))

    def book(self, market: Market, *, depth: int) -> Json:
        """Shape the synthetic book of one contract, best prices first."""
        sides = {
            name: [
                [price_text(price, market.spec), text(quantity)]
                for price, quantity in market.levels(
                    asks=name == "a", depth=min(depth, BOOK_DEPTH_MAX)
                )
            ]
            for name in ("b", "a")
        }
        step = market.time_ms // 1000
        return {
            "s": market.spec.symbol,
            **sides,
            "ts": market.time_ms,
            "u": step,
            "seq": step,
            "cts": market.time_ms,
        }

    def recent_trades(self, params: Params) -> Json:
        """Answer market/recent-trade: one print a minute, at its close."""
        market = self._one(params)
        limit = min(_integer(params, "limit", 500), 60)
        minute = market.time_ms - market.time_ms % MINUTE_MS
        rows: list[Json] = [self.public_trade(market)]
        for start in range(minute - MINUTE_MS, minute - limit * MINUTE_MS, -MINUTE_MS):
            candle = market.candle(start)
            if candle is None:
                break
            rows.append(
                _print_row(
                    market.spec,
                    price=candle.close,
                    size=candle.volume,
                    is_up=candle.close >= candle.open,
                    time_ms=start + MINUTE_MS - 1,
                )
            )
        return {"category": "linear", "list": rows[:limit]}

    def public_trade(self, market: Market) -> Json:
        """Shape the latest print of the tape."""
        candle = market.forming_candle()
        return _print_row(
            market.spec,
            price=market.last_price,
            size=market.level_quantity,
            is_up=market.last_price >= candle.open,
            time_ms=market.time_ms,
        )

    def funding_history(self, params: Params) -> Json:
        """Answer market/funding/history, newest first, 200 at most."""
        market = self._one(params)
        limit = min(_integer(params, "limit", 200), 200)
        end = min(_integer(params, "endTime", market.time_ms), market.time_ms)
        start = _integer(params, "startTime", end - limit * FUNDING_INTERVAL_MS + 1)
        rows: list[Json] = []
        time_ms = end - end % FUNDING_INTERVAL_MS
        while time_ms >= start and len(rows) < limit and market.candle(time_ms) is not None:
            rate = text(market.funding_rate(time_ms))
            rows.append(
                {
                    "symbol": market.spec.symbol,
                    "fundingRate": rate,
                    "fundingRateTimestamp": str(time_ms),
                }
            )
            time_ms -= FUNDING_INTERVAL_MS
        return {"category": "linear", "list": rows}

    def open_interest(self, params: Params) -> Json:
        """Answer market/open-interest: the present value only, no history is kept."""
        market = self._one(params)
        interest = text(self._open_interest(market.spec.symbol))
        row = {"openInterest": interest, "timestamp": str(market.time_ms)}
        return {
            "symbol": market.spec.symbol,
            "category": "linear",
            "list": [row],
            "nextPageCursor": "",
        }

    def find(self, symbol: str) -> Market | None:
        """Find a market; None for a contract that is not listed."""
        return self._markets.get(symbol)

    def market(self, symbol: str) -> Market:
        """Find a market; 10001 for a contract that is not listed."""
        market = self._markets.get(symbol)
        if market is None:
            raise parameter_error("params error: Symbol Invalid")
        return market

    def _one(self, params: Params) -> Market:
        if params.get("category", "linear") != "linear":
            raise parameter_error("params error: Category Invalid")
        return self.market(params.get("symbol", ""))

    def _selected(self, params: Params) -> list[Market]:
        if params.get("symbol"):
            return [self.market(params["symbol"])]
        base = params.get("baseCoin")
        return [m for m in self._markets.values() if base in (None, "", m.spec.base)]

    def _starts(self, params: Params, market: Market) -> tuple[str, list[int]]:
        """List the candle starts that a kline request asks for, newest first.

        With a start alone the page begins there; else it ends at the end (default: now).
        """
        interval = params.get("interval", "")
        if interval not in INTERVALS:
            raise parameter_error("params error: Interval Invalid")
        limit = max(1, min(_integer(params, "limit", 200), 1000))
        end = min(_integer(params, "end", market.time_ms), market.time_ms)
        start = max(_integer(params, "start", 0), market.listed_ms)
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


def _integer(params: Params, name: str, default: int) -> int:
    value = params.get(name)
    if value in (None, ""):
        return default
    try:
        return int(str(value))
    except ValueError:
        raise parameter_error(f"params error: {name} Invalid") from None


def _print_row(
    spec: InstrumentSpec, *, price: Decimal, size: Decimal, is_up: bool, time_ms: int
) -> Json:
    return {
        "execId": execution_uuid(spec.symbol, time_ms),
        "symbol": spec.symbol,
        "price": price_text(price, spec),
        "size": text(size),
        "side": "Buy" if is_up else "Sell",
        "time": str(time_ms),
        "isBlockTrade": False,
        "isRPITrade": False,
        "seq": str(time_ms),
    }
