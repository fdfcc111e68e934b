"""``/futures/data``: statistics that screens show. They tell of the paper exchange's own accounts.

The exchange keeps no history of them, so every past period shows the present figures; the basis
and the takers' volume come from the candles.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import invalid
from daemon.paper_exchange.binance.klines import CONTRACT_TYPES, INTERVALS, premium
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.prices import Candle

_PERIODS = ("5m", "15m", "30m", "1h", "2h", "4h", "6h", "12h", "1d")


def get_open_interest_history(call: Call) -> list[dict[str, Any]]:
    """Return the open positions of the paper accounts."""
    market, candles = _read(call, "symbol")
    total = open_interest(call, market.spec.symbol)
    return [
        {
            "symbol": market.spec.symbol,
            "sumOpenInterest": money(total),
            "sumOpenInterestValue": money(total * candle.close),
            "CMCCirculatingSupply": "0",
            "timestamp": candle.open_time_ms,
        }
        for candle in candles
    ]


def get_long_short_ratio(call: Call) -> list[dict[str, Any]]:
    """Return the share of the paper accounts that are long and short."""
    market, candles = _read(call, "symbol")
    symbol = market.spec.symbol
    holders = call.engine.state.holders_of(symbol)
    held = [position for account in holders for position in account.positions_in(symbol)]
    longs = sum(1 for position in held if position.quantity > 0)
    share = Decimal(longs) / len(held) if held else Decimal("0.5")
    ratio = share / (1 - share) if share != 1 else Decimal(longs)
    return [
        {
            "symbol": symbol,
            "longShortRatio": plain(ratio, 4),
            "longAccount": plain(share, 4),
            "shortAccount": plain(1 - share, 4),
            "timestamp": candle.open_time_ms,
        }
        for candle in candles
    ]


def get_taker_volume(call: Call) -> list[dict[str, Any]]:
    """Return the volume that takers bought and sold: half and half."""
    _, candles = _read(call, "symbol")
    return [
        {
            "buySellRatio": "1.0000",
            "buyVol": plain(candle.volume / 2, 4),
            "sellVol": plain(candle.volume / 2, 4),
            "timestamp": candle.open_time_ms,
        }
        for candle in candles
    ]


def get_basis(call: Call) -> list[dict[str, Any]]:
    """Return what the perpetual costs above its index."""
    call.parameters.required("contractType")
    kind = call.parameters.word("contractType", CONTRACT_TYPES)
    market, candles = _read(call, "pair")
    rows: list[dict[str, Any]] = []
    for candle in candles:
        rate = premium(market, candle.open_time_ms)
        rows.append(
            {
                "indexPrice": money(candle.close),
                "contractType": kind,
                "basisRate": plain(rate, 4),
                "futuresPrice": money(candle.close * (1 + rate)),
                "annualizedBasisRate": "",
                "basis": money(candle.close * rate),
                "pair": market.spec.symbol,
                "timestamp": candle.open_time_ms,
            }
        )
    return rows


def get_delivery_prices(call: Call) -> list[Any]:
    """Return the prices that dated contracts were settled at: none are listed."""
    call.market_of(call.parameters.required("pair"))
    return []


def open_interest(call: Call, symbol: str) -> Decimal:
    """Sum the open positions of the paper accounts in a contract."""
    holders = call.engine.state.holders_of(symbol)
    held = (position for account in holders for position in account.positions_in(symbol))
    return sum((abs(position.quantity) for position in held), ZERO)


def _read(call: Call, name: str) -> tuple[Market, list[Candle]]:
    call.engine.enter()
    market = call.market_of(call.parameters.required(name))
    period = call.parameters.required("period")
    if period not in _PERIODS:
        raise invalid("period")
    start_ms, end_ms = call.time_range()
    candles = call.dialect.candles.read(
        market,
        interval_ms=INTERVALS[period],
        limit=call.parameters.limit(default=30, largest=500),
        start_ms=start_ms,
        end_ms=end_ms,
    )
    return market, candles
