"""Facts about contracts that few clients ask for: index, insurance, auto-deleveraging, schedules."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.orders import ZERO
from daemon.paper_exchange.state import ASSET

_ADL_RISKS: Final = ((Decimal("0.5"), "low"), (Decimal("0.1"), "medium"))
"""Words by the share of the insurance fund's capital that is left; below the last it is high."""


def get_constituents(call: Call) -> dict[str, Any]:
    """Return what a contract's index is made of: the one price that the model has."""
    market = call.market_of(call.symbol())
    part = {
        "exchange": "binance",
        "symbol": market.spec.symbol,
        "price": plain(market.index_price),
        "weight": "1.00000000",
    }
    return {"symbol": market.spec.symbol, "time": market.time_ms, "constituents": [part]}


def get_index_info(call: Call) -> list[Any]:
    """Return the composite indexes: none are listed."""
    call.optional_symbol()
    return []


def get_asset_index(call: Call) -> Any:
    """Return the indexes of margin assets; USDT is the unit."""
    index = {
        "symbol": f"{ASSET}USD",
        "time": call.engine.enter(),
        "index": "1.00000000",
        "bidBuffer": "0.00000000",
        "askBuffer": "0.00000000",
        "bidRate": "1.00000000",
        "askRate": "1.00000000",
        "autoExchangeBidBuffer": "0.00000000",
        "autoExchangeAskBuffer": "0.00000000",
        "autoExchangeBidRate": "1.00000000",
        "autoExchangeAskRate": "1.00000000",
    }
    return index if call.parameters.text("symbol") else [index]


def get_insurance(call: Call) -> Any:
    """Return the insurance fund, one for all contracts."""
    now_ms = call.engine.enter()
    fund = call.engine.state.house.insurance_fund
    asset = {"asset": ASSET, "marginBalance": money(fund), "updateTime": now_ms}
    symbol = call.optional_symbol()
    symbols = [symbol] if symbol else list(call.engine.instruments)
    row = {"symbols": symbols, "assets": [asset]}
    return row if symbol else [row]


def get_adl_risk(call: Call) -> Any:
    """Return how likely auto-deleveraging is: by how much of the insurance fund is left."""
    now_ms = call.engine.enter()
    house = call.engine.state.house
    left = house.insurance_fund / house.insurance_capital if house.insurance_capital else ZERO
    risk = next((word for share, word in _ADL_RISKS if left >= share), "high")
    symbol = call.optional_symbol()
    rows = [
        {"symbol": name, "adlRisk": risk, "updateTime": now_ms}
        for name in call.engine.instruments
        if symbol in {None, name}
    ]
    return rows[0] if symbol else rows


def get_trading_schedule(call: Call) -> dict[str, Any]:
    """Return the sessions of markets that close: none are listed."""
    return {"updateTime": call.engine.enter(), "marketSchedules": {}}
