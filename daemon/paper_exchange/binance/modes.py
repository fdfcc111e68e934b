"""Endpoints of position mode, leverage, margin type and the margin of isolated positions."""

from __future__ import annotations

from typing import Any, Final

import orjson

from daemon.paper_exchange.accounts import MarginMode
from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, invalid, missing
from daemon.paper_exchange.binance.order_entry import read_position
from daemon.paper_exchange.binance.wire import money, plain
from daemon.paper_exchange.commands import (
    AdjustMargin,
    SetHedgeMode,
    SetLeverage,
    SetMarginMode,
)
from daemon.paper_exchange.margin import largest_notional
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ASSET

_MARGIN_MODES: Final = {"CROSSED": MarginMode.CROSS, "ISOLATED": MarginMode.ISOLATED}


def get_position_side(call: Call) -> dict[str, Any]:
    """Return the position mode."""
    return {"dualSidePosition": call.account.hedge_mode}


def post_position_side(call: Call) -> dict[str, Any]:
    """Choose the position mode."""
    call.parameters.required("dualSidePosition")
    wanted = call.parameters.flag("dualSidePosition")
    call.engine.submit(call.account, SetHedgeMode(hedge_mode=wanted))
    return {"code": 200, "msg": "success"}


def post_leverage(call: Call) -> dict[str, Any]:
    """Set a contract's leverage; the same value again is no error."""
    symbol = call.symbol()
    call.parameters.required("leverage")
    leverage = call.parameters.integer("leverage")
    assert leverage is not None
    try:
        call.engine.submit(call.account, SetLeverage(symbol=symbol, leverage=leverage))
    except Refused as refused:
        if refused.reason is not Reason.LEVERAGE_UNCHANGED:
            raise
    limit = largest_notional(call.engine.instruments[symbol], leverage)
    return {"leverage": leverage, "maxNotionalValue": plain(limit), "symbol": symbol}


def post_margin_type(call: Call) -> dict[str, Any]:
    """Choose a contract's margin type."""
    symbol = call.symbol()
    call.parameters.required("marginType")
    wanted = call.parameters.word("marginType", tuple(_MARGIN_MODES))
    call.engine.submit(
        call.account, SetMarginMode(symbol=symbol, margin_mode=_MARGIN_MODES[wanted])
    )
    return {"code": 200, "msg": "success"}


def post_position_margin(call: Call) -> dict[str, Any]:
    """Add margin to an isolated position (type 1) or take it back (type 2)."""
    symbol = call.symbol()
    amount, kind = call.parameters.decimal("amount"), call.parameters.integer("type")
    if amount is None:
        raise missing("amount")
    if kind is None:
        raise missing("type")
    if kind not in {1, 2}:
        raise invalid("type")
    if amount <= 0:
        raise WireError(-4055, "Amount must be positive.")
    side, _ = read_position(call.account, call.parameters)
    signed = amount if kind == 1 else -amount
    try:
        call.engine.submit(
            call.account, AdjustMargin(symbol=symbol, amount=signed, position_side=side)
        )
    except Refused as refused:
        if refused.reason is Reason.NO_POSITION:
            raise WireError(-4054, "Cannot add position margin: position is 0.") from None
        raise
    return {
        "amount": orjson.Fragment(plain(amount)),
        "code": 200,
        "msg": "Successfully modify position margin.",
        "type": kind,
    }


def get_position_margin_history(call: Call) -> list[dict[str, Any]]:
    """List the margin moved into and out of isolated positions, latest last."""
    symbol = call.symbol()
    kind = call.parameters.integer("type")
    limit = call.parameters.limit(default=500, largest=1000)
    start_ms, end_ms = call.time_range()
    rows = [
        {
            "symbol": symbol,
            "type": 1 if move.amount > 0 else 2,
            "deltaType": "USER_ADJUST",
            "amount": money(move.amount),
            "asset": ASSET,
            "time": move.time_ms,
            "positionSide": move.position_side,
        }
        for move in call.account.margin_moves
        if move.symbol == symbol
        and kind in {None, 1 if move.amount > 0 else 2}
        and (start_ms or 0) <= move.time_ms
        and (end_ms is None or move.time_ms <= end_ms)
    ]
    return rows[-limit:]
