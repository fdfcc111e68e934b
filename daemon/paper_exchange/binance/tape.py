"""The public tape: each price step of the market as one trade.

The model has prices and volume but no single trades, so a minute's volume is spread evenly over
its steps. A trade's number is its step, so it is the same whenever and however it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import invalid
from daemon.paper_exchange.binance.wire import plain
from daemon.paper_exchange.candles import CandleReader
from daemon.paper_exchange.market import STEP_MS, STEPS, Market
from daemon.paper_exchange.prices import MINUTE_MS

LARGEST_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Print:
    """One trade of the tape."""

    number: int
    price: Decimal
    quantity: Decimal
    time_ms: int
    buyer_is_maker: bool


def read_tape(
    market: Market,
    candles: CandleReader,
    *,
    limit: int,
    start_ms: int | None = None,
    end_ms: int | None = None,
) -> list[Print]:
    """Return trades in ascending order: the first from a start on, or the last up to an end."""
    whole = candles.read(
        market,
        interval_ms=MINUTE_MS,
        limit=-(-limit // STEPS) + 1,
        start_ms=None if start_ms is None else start_ms - start_ms % MINUTE_MS,
        end_ms=end_ms,
    )
    last_ms = market.time_ms if end_ms is None else min(end_ms, market.time_ms)
    prints: list[Print] = []
    for candle in whole:
        steps = min(STEPS, (market.time_ms - candle.open_time_ms) // STEP_MS + 1)
        share = candle.volume / steps
        quantity = share.quantize(market.spec.step_size, rounding="ROUND_DOWN")
        quantity = max(quantity, market.spec.min_quantity)
        before = candle.open
        for price, time_ms in market.path_of(candle):
            if (start_ms or 0) <= time_ms <= last_ms:
                prints.append(Print(time_ms // STEP_MS, price, quantity, time_ms, price < before))
            before = price
    return prints[:limit] if start_ms is not None else prints[-limit:]


def get_trades(call: Call) -> list[dict[str, Any]]:
    """Return the latest trades."""
    return [_trade_row(trade) for trade in _read(call)]


def get_historical_trades(call: Call) -> list[dict[str, Any]]:
    """Return older trades, from a number on."""
    return [_trade_row(trade) for trade in _read(call)]


def get_aggregate_trades(call: Call) -> list[dict[str, Any]]:
    """Return aggregate trades, which here are the trades themselves."""
    return [
        {
            "a": trade.number,
            "p": plain(trade.price),
            "q": plain(trade.quantity),
            "nq": plain(trade.quantity),
            "f": trade.number,
            "l": trade.number,
            "T": trade.time_ms,
            "m": trade.buyer_is_maker,
        }
        for trade in _read(call)
    ]


def _read(call: Call) -> list[Print]:
    call.engine.enter()
    market = call.market_of(call.parameters.required("symbol"))
    limit = call.parameters.integer("limit", 500)
    if limit is None or not 1 <= limit <= LARGEST_LIMIT:
        raise invalid("limit")
    start_ms, end_ms = call.time_range()
    from_number = call.parameters.integer("fromId")
    if from_number is not None:
        start_ms, end_ms = from_number * STEP_MS, None
    return read_tape(market, call.dialect.candles, limit=limit, start_ms=start_ms, end_ms=end_ms)


def _trade_row(trade: Print) -> dict[str, Any]:
    return {
        "id": trade.number,
        "price": plain(trade.price),
        "qty": plain(trade.quantity),
        "quoteQty": plain(trade.price * trade.quantity, 2),
        "time": trade.time_ms,
        "isBuyerMaker": trade.buyer_is_maker,
        "isRPITrade": False,
    }
