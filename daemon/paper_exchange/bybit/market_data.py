"""Bybit's public market endpoints.

Source: https://bybit-exchange.github.io/docs/v5/market/instrument and its neighbours
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.bybit.candles import CandleBook
from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.ids import execution_uuid
from daemon.paper_exchange.bybit.listing import FUNDING_BOUND, instrument_row, risk_rows
from daemon.paper_exchange.bybit.order_entry import integer
from daemon.paper_exchange.bybit.wire import Json, price_text, text
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS, InstrumentSpec
from daemon.paper_exchange.market import Market, next_funding_ms
from daemon.paper_exchange.prices import MINUTE_MS

BOOK_DEPTH_MAX: Final = 50
_COMING_KEYS: Final = ("preOpenPrice", "preQty", "curPreListingPhase", "basisRateYear")
CATEGORIES: Final = frozenset({"linear", "inverse", "spot", "option"})
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
        category, rows = _category(params), list[Json]()
        if category == "linear" and params.get("status") in (None, "", "Trading"):
            rows = [instrument_row(market.spec) for market in self._selected(params)]
        start = max(0, integer(params, "cursor", 0))
        limit = max(1, min(integer(params, "limit", 500), 1000))
        rest = start + limit < len(rows)
        return {
            "category": category,
            "list": rows[start : start + limit],
            "nextPageCursor": str(start + limit) if rest else "",
        }

    def risk_limit(self, params: Params) -> Json:
        """Answer market/risk-limit: the brackets of each contract."""
        category, rows = _category(params), list[Json]()
        if category == "linear":
            for market in self._selected(params):
                rows.extend(risk_rows(market.spec))
        return {"category": category, "list": rows, "nextPageCursor": ""}

    def tickers(self, params: Params) -> Json:
        """Answer market/tickers."""
        category, rows = _category(params), list[Json]()
        if category == "linear":
            rows = [_listed(self.ticker(market)) for market in self._selected(params)]
        return {"category": category, "list": rows}

    def ticker(self, market: Market) -> Json:
        """Shape the ticker of one contract as the stream tells it."""
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
            "ask1Size": text(market.ask_quantity),
            "ask1Price": price_text(market.ask, spec),
            "bid1Size": text(market.bid_quantity),
            "bid1Price": price_text(market.bid, spec),
        }

    def orderbook(self, params: Params) -> Json:
        """Answer market/orderbook."""
        return self.book(self.one(params), depth=integer(params, "limit", 25))

    def book(self, market: Market, *, depth: int) -> Json:
        """Shape the synthetic book of one contract, best prices first."""
        sides = {
            name: [
                [price_text(price, market.spec), text(quantity)]
                for price, quantity in market.levels(
                    asks=name == "a", depth=max(1, min(depth, BOOK_DEPTH_MAX))
                )
            ]
            for name in ("b", "a")
        }
        # Grows with every change: by the market's time, by orders that take, or by a script.
        step = market.book.revision + len(market.shifts)
        return {
            "s": market.spec.symbol,
            **sides,
            "ts": market.time_ms,
            "u": step,
            "seq": step,
            "cts": market.time_ms,
        }

    def rpi_book(self, params: Params) -> Json:
        """Answer market/rpi_orderbook: nobody offers price improvement here."""
        found = self.orderbook(params)
        for side in ("b", "a"):
            found[side] = [[*level, "0"] for level in found[side]]
        return found

    def index_components(self, params: Params) -> Json:
        """Answer market/index-price-components: one price stands for all markets."""
        market = self.market(params.get("indexName", ""))
        price = price_text(market.index_price, market.spec)
        row = {
            "exchange": "Bybit",
            "spotPair": market.spec.symbol,
            "equivalentPrice": price,
            "multiplier": "1",
            "price": price,
            "weight": "1",
        }
        return {
            "indexName": market.spec.symbol,
            "lastPrice": price,
            "updateTime": str(market.time_ms),
            "components": [row],
        }

    def recent_trades(self, params: Params) -> Json:
        """Answer market/recent-trade: one print a minute, at its close."""
        market = self.one(params)
        limit = min(integer(params, "limit", 500), 60)
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
            size=market.bid_quantity,
            is_up=market.last_price >= candle.open,
            time_ms=market.time_ms,
        )

    def funding_history(self, params: Params) -> Json:
        """Answer market/funding/history, newest first, 200 at most."""
        market = self.one(params)
        limit = min(integer(params, "limit", 200), 200)
        end = min(integer(params, "endTime", market.time_ms), market.time_ms)
        start = integer(params, "startTime", end - limit * FUNDING_INTERVAL_MS + 1)
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
        market = self.one(params)
        interest = self._open_interest(market.spec.symbol)
        row = {
            "openInterest": text(interest),
            "singleOpenInterest": text(interest),
            "timestamp": str(market.time_ms),
        }
        return {
            "symbol": market.spec.symbol,
            "category": "linear",
            "list": [row],
            "nextPageCursor": "",
        }

    def price_limits(self, market: Market) -> Json:
        """Shape the highest buying and the lowest selling price of a contract."""
        spec = market.spec
        highest = market.round_to_tick(market.mark_price * spec.multiplier_up)
        lowest = market.round_to_tick(market.mark_price * spec.multiplier_down)
        return {
            "symbol": spec.symbol,
            "buyLmt": price_text(highest, spec),
            "sellLmt": price_text(lowest, spec),
        }

    def price_limit(self, params: Params) -> Json:
        """Answer market/price-limit."""
        market = self.one(params)
        return self.price_limits(market) | {"ts": str(market.time_ms)}

    def find(self, symbol: str) -> Market | None:
        """Find a market; None for a contract that is not listed."""
        return self._markets.get(symbol)

    def market(self, symbol: str) -> Market:
        """Find a market; 10001 for a contract that is not listed."""
        market = self._markets.get(symbol)
        if market is None:
            raise parameter_error("params error: Symbol Invalid")
        return market

    def one(self, params: Params) -> Market:
        """Find the market that a request is about; 10001 for another category."""
        if params.get("category", "linear") != "linear":
            raise parameter_error("params error: Category Invalid")
        return self.market(params.get("symbol", ""))

    def _selected(self, params: Params) -> list[Market]:
        if params.get("symbol"):
            return [self.market(params["symbol"])]
        base = params.get("baseCoin")
        return [m for m in self._markets.values() if base in (None, "", m.spec.base)]


def _listed(ticker: Json) -> Json:
    """Shape a ticker as the endpoint lists it: with what only coming contracts fill in."""
    row = ticker | dict.fromkeys(_COMING_KEYS, "")
    del row["tickDirection"]
    return row


def _category(params: Params) -> str:
    """Read the category; other products exist on the exchange and are empty here."""
    category = params.get("category", "")
    if category not in CATEGORIES:
        raise parameter_error("params error: Category Invalid")
    return category


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
