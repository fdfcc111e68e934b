"""Public market endpoints. The times of data are market time; /time is the wall clock."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.statistics import open_interest
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.candles import HOUR_MS
from daemon.paper_exchange.instruments import FUNDING_INTERVAL_MS
from daemon.paper_exchange.market import Market, next_funding_ms
from daemon.paper_exchange.orders import ZERO

INTEREST_RATE: Final = "0.00010000"
_DEPTHS: Final = frozenset({5, 10, 20, 50, 100, 500, 1000})


def get_time(call: Call) -> dict[str, Any]:
    """Return the server's clock, which is the wall clock."""
    return {"serverTime": call.dialect.host.wall_ms()}


def get_nothing(call: Call) -> dict[str, Any]:
    """Answer a ping."""
    return {}


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
            "bidQty": plain(market.bid_quantity),
            "askPrice": plain(market.ask),
            "askQty": plain(market.ask_quantity),
            "time": market.time_ms,
        },
    )


def get_depth(call: Call) -> dict[str, Any]:
    """Return the book; its number is where the difference stream goes on."""
    call.engine.enter()
    market = call.market_of(call.symbol())
    limit = call.parameters.integer("limit", 500)
    if limit not in _DEPTHS:
        raise WireError(-4021, f"{limit} is not valid depth limit.")
    book = call.dialect.books.read(market, limit)
    return {
        "lastUpdateId": book.snapshot_id(),
        "E": market.time_ms,
        "T": market.time_ms,
        "bids": book.side(asks=False, depth=limit),
        "asks": book.side(asks=True, depth=limit),
    }


def get_open_interest(call: Call) -> dict[str, Any]:
    """Return the open positions of the paper accounts."""
    symbol = call.symbol()
    time_ms = call.engine.enter()
    return {"openInterest": plain(open_interest(call, symbol)), "symbol": symbol, "time": time_ms}


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
