"""Public market endpoints. The times of data are market time; /time is the wall clock."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.candles import DAY_MS, HOUR_MS, WEEK_MS
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS
from daemon.paper_exchange.market import STEP_MS, STEPS, Market, next_funding_ms
from daemon.paper_exchange.orders import ZERO
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
INTEREST_RATE: Final = "0.00010000"
_TRADES_A_MINUTE: Final = 120
"""A number for the trade count columns; the model has volume but no single trades."""


def get_time(call: Call) -> dict[str, Any]:
    """Return the server's clock, which is the wall clock."""
    return {"serverTime": call.dialect.host.wall_ms()}


def get_nothing(call: Call) -> dict[str, Any]:
    """Answer a ping."""
    return {}


def get_klines(call: Call) -> list[list[Any]]:
    """Return candles of a contract."""
    return [kline_row(candle, interval) for candle, interval in _read_candles(call)]


def get_mark_klines(call: Call) -> list[list[Any]]:
    """Return candles of the mark price: the model's premium applied to each."""
    market = call.market_of(call.symbol())
    rows: list[list[Any]] = []
    for candle, interval_ms in _read_candles(call):
        factor = _mark_factor(market, candle.open_time_ms)
        prices = (candle.open, candle.high, candle.low, candle.close)
        marked = [money(price * factor) for price in prices]
        close_ms = candle.open_time_ms + interval_ms - 1
        count = interval_ms // 1000
        rows.append([candle.open_time_ms, *marked, "0", close_ms, "0", count, "0", "0", "0"])
    return rows


def get_premium_index(call: Call) -> Any:
    """Return mark price and funding of a contract or of all."""
    return one_or_all(call, premium_index)


def get_funding_rates(call: Call) -> list[dict[str, Any]]:
    """Return past funding rates, oldest first."""
    call.engine.enter()
    symbol = call.optional_symbol()
    limit = call.parameters.limit(default=100, largest=1000)
    start_ms, end_ms = call.time_range()
    rows: list[dict[str, Any]] = []
    for name, market in call.engine.state.markets.items():
        if symbol not in {None, name}:
            continue
        last_ms = min(end_ms if end_ms is not None else market.time_ms, market.time_ms)
        last_ms -= last_ms % FUNDING_INTERVAL_MS
        first_ms = last_ms - (limit - 1) * FUNDING_INTERVAL_MS
        if start_ms is not None:
            first_ms = -(-start_ms // FUNDING_INTERVAL_MS) * FUNDING_INTERVAL_MS
        first_ms = max(first_ms, call.engine.source.start_ms)
        first_ms = -(-first_ms // FUNDING_INTERVAL_MS) * FUNDING_INTERVAL_MS
        times = range(first_ms, last_ms + 1, FUNDING_INTERVAL_MS)[:limit]
        rows.extend(_funding_row(market, time_ms) for time_ms in times)
    return sorted(rows, key=lambda row: int(row["fundingTime"]))[-limit:]


def get_funding_info(call: Call) -> list[dict[str, Any]]:
    """Return the funding interval of each contract."""
    return [
        {
            "symbol": symbol,
            "adjustedFundingRateCap": "0.02000000",
            "adjustedFundingRateFloor": "-0.02000000",
            "fundingIntervalHours": FUNDING_INTERVAL_MS // HOUR_MS,
            "disclaimer": False,
        }
        for symbol in call.engine.instruments
    ]


def get_price(call: Call) -> Any:
    """Return the last price of a contract or of all."""
    return one_or_all(
        call,
        lambda market: {
            "symbol": market.spec.symbol,
            "price": plain(market.last_price),
            "time": market.time_ms,
        },
    )


def get_book_ticker(call: Call) -> Any:
    """Return the best bid and ask of a contract or of all."""
    return one_or_all(
        call,
        lambda market: {
            "symbol": market.spec.symbol,
            "bidPrice": plain(market.bid),
            "bidQty": plain(market.level_quantity),
            "askPrice": plain(market.ask),
            "askQty": plain(market.level_quantity),
            "time": market.time_ms,
        },
    )


def get_depth(call: Call) -> dict[str, Any]:
    """Return the synthetic book."""
    call.engine.enter()
    market = call.market_of(call.symbol())
    limit = call.parameters.limit(default=500, largest=1000)
    return {
        "lastUpdateId": market.time_ms // STEP_MS,
        "E": market.time_ms,
        "T": market.time_ms,
        "bids": [[plain(p), plain(q)] for p, q in market.levels(asks=False)[:limit]],
        "asks": [[plain(p), plain(q)] for p, q in market.levels(asks=True)[:limit]],
    }


def get_aggregate_trades(call: Call) -> list[dict[str, Any]]:
    """Return the last price steps as aggregate trades, one a step."""
    call.engine.enter()
    market = call.market_of(call.symbol())
    limit = call.parameters.limit(default=500, largest=1000)
    start_ms, end_ms = call.time_range()
    minutes = -(-limit // STEPS) + 1
    candles = call.dialect.candles.read(
        market,
        interval_ms=MINUTE_MS,
        limit=minutes,
        start_ms=start_ms,
        end_ms=end_ms,
    )
    rows: list[dict[str, Any]] = []
    for candle in candles:
        for price, time_ms in market.path_of(candle):
            if time_ms > (end_ms or market.time_ms) or time_ms < (start_ms or 0):
                continue
            number = time_ms // STEP_MS
            quantity = plain(candle.volume / STEPS, market.spec.quantity_precision)
            rows.append(
                {
                    "a": number,
                    "p": plain(price),
                    "q": quantity,
                    "nq": quantity,
                    "f": number,
                    "l": number,
                    "T": time_ms,
                    "m": candle.close < candle.open,
                }
            )
    return rows[:limit] if start_ms is not None else rows[-limit:]


def get_open_interest(call: Call) -> dict[str, Any]:
    """Return the open positions of the paper accounts."""
    symbol = call.symbol()
    holders = call.engine.state.holders_of(symbol)
    total = sum((abs(account.quantity_of(symbol)) for account in holders), ZERO)
    time_ms = call.engine.enter()
    return {"openInterest": plain(total), "symbol": symbol, "time": time_ms}


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


def premium_index(market: Market) -> dict[str, Any]:
    """Write mark price and funding of a contract."""
    return {
        "symbol": market.spec.symbol,
        "markPrice": money(market.mark_price),
        "indexPrice": money(market.index_price),
        "estimatedSettlePrice": money(market.index_price),
        "lastFundingRate": money(market.funding_rate()),
        "interestRate": INTEREST_RATE,
        "nextFundingTime": next_funding_ms(market.time_ms),
        "time": market.time_ms,
    }


def quote_volume(candle: Candle) -> Decimal:
    """Estimate the quote volume of a candle by its mean price."""
    mean = (candle.open + candle.high + candle.low + candle.close) / 4
    return candle.volume * mean


def klines_weight(parameters: Parameters) -> int:
    """Return the weight of a klines request by its number of rows."""
    limit = parameters.limit(default=500, largest=1500)
    return 1 if limit < 100 else 2 if limit < 500 else 5 if limit <= 1000 else 10


def depth_weight(parameters: Parameters) -> int:
    """Return the weight of a depth request by its number of levels."""
    limit = parameters.limit(default=500, largest=1000)
    return 2 if limit <= 50 else 5 if limit <= 100 else 10 if limit <= 500 else 20


def one_or_all(call: Call, write: Any) -> Any:
    """Write one contract, or a list of all when none is named."""
    call.engine.enter()
    symbol = call.optional_symbol()
    if symbol is not None:
        return write(call.market_of(symbol))
    return [write(market) for market in call.engine.state.markets.values()]


def _read_candles(call: Call) -> list[tuple[Candle, int]]:
    call.engine.enter()
    market = call.market_of(call.symbol())
    interval_ms = INTERVALS.get(call.parameters.required("interval"))
    if interval_ms is None:
        raise WireError(-1120, "Invalid interval.")
    start_ms, end_ms = call.time_range()
    candles = call.dialect.candles.read(
        market,
        interval_ms=interval_ms,
        limit=call.parameters.limit(default=500, largest=1500),
        start_ms=start_ms,
        end_ms=end_ms,
    )
    return [(candle, interval_ms) for candle in candles]


def _funding_row(market: Market, time_ms: int) -> dict[str, Any]:
    candle = market.candle(time_ms)
    mark = candle.open * (1 + market.funding_rate(time_ms)) if candle else ZERO
    return {
        "symbol": market.spec.symbol,
        "fundingRate": money(market.funding_rate(time_ms)),
        "fundingTime": time_ms,
        "markPrice": money(mark),
        "rateType": "Regular",
    }


def _mark_factor(market: Market, time_ms: int) -> Decimal:
    until = next_funding_ms(time_ms) - time_ms
    return 1 + market.funding_rate(time_ms) * until / FUNDING_INTERVAL_MS
