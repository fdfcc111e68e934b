"""Endpoints of conditional orders, a resource of its own with its own ids.

Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/trade/rest-api/New-Algo-Order
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, missing, unwanted
from daemon.paper_exchange.binance.order_entry import (
    CONDITIONAL_TYPES,
    own_client_id,
    read_good_till,
    read_labels,
    read_position,
    read_side,
    read_time_in_force,
)
from daemon.paper_exchange.binance.order_history import WEEK_MS
from daemon.paper_exchange.binance.wire import algo_row
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    ConditionalRequest,
    Direction,
    OrderKind,
    OrderRequest,
    Side,
    TimeInForce,
    TriggerBy,
)
from daemon.paper_exchange.refusals import Reason, Refused

SMALLEST_CALLBACK: Final = Decimal("0.1")
LARGEST_CALLBACK: Final = Decimal(10)
_WORKING_TYPES: Final = {"CONTRACT_PRICE": TriggerBy.LAST, "MARK_PRICE": TriggerBy.MARK}
_WITH_POSITION: Final = "GTE_GTC"
"""Time in force of a conditional order that ends with its position."""


def post_algo(call: Call) -> dict[str, Any]:
    """Place a conditional order."""
    conditional = call.engine.place_conditional(call.account, read_conditional(call))
    return algo_row(call.engine.state, conditional, queried=False)


def get_algo(call: Call) -> dict[str, Any]:
    """Query a conditional order by either id."""
    conditional = _find(call)
    if conditional is None:
        raise WireError(-2013, "Order does not exist.")
    return algo_row(call.engine.state, conditional, queried=True)


def delete_algo(call: Call) -> dict[str, Any]:
    """Cancel a conditional order that has not triggered."""
    conditional = _find(call)
    if conditional is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    call.engine.cancel_conditional(call.account, conditional.conditional_id)
    return {
        "algoId": conditional.conditional_id,
        "clientAlgoId": conditional.client_order_id,
        "code": "200",
        "msg": "success",
    }


def get_open_algos(call: Call) -> list[dict[str, Any]]:
    """List untriggered conditional orders of a contract or of all."""
    call.engine.enter()
    symbol, algo_id = call.optional_symbol(), call.parameters.integer("algoId")
    return [
        algo_row(call.engine.state, conditional, queried=True)
        for conditional in call.account.open_conditionals.values()
        if symbol in {None, conditional.symbol} and algo_id in {None, conditional.conditional_id}
    ]


def get_all_algos(call: Call) -> list[dict[str, Any]]:
    """List a contract's conditional orders, oldest first."""
    now_ms = call.engine.enter()
    symbol = call.symbol()
    limit = call.parameters.limit(default=500, largest=1000)
    algo_id = call.parameters.integer("algoId")
    start_ms, end_ms = call.time_range(longest_ms=WEEK_MS)
    rows = sorted(
        (c for c in call.account.conditionals.values() if c.symbol == symbol),
        key=lambda c: c.conditional_id,
    )
    if algo_id is not None:
        chosen = [row for row in rows if row.conditional_id >= algo_id][:limit]
    else:
        first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
        last_ms = end_ms if end_ms is not None else first_ms + WEEK_MS
        chosen = [row for row in rows if first_ms <= row.created_ms <= last_ms]
        chosen = chosen[:limit] if start_ms is not None else chosen[-limit:]
    return [algo_row(call.engine.state, row, queried=True) for row in chosen]


def delete_open_algos(call: Call) -> dict[str, Any]:
    """Cancel every untriggered conditional order of a contract."""
    call.engine.cancel_all_conditionals(call.account, call.symbol())
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def read_conditional(call: Call) -> ConditionalRequest:
    """Read a conditional order from its parameters."""
    parameters = call.parameters
    if parameters.required("algoType") != "CONDITIONAL":
        raise WireError(-1130, "Data sent for parameter 'algoType' is not valid.")
    symbol = call.symbol()
    kind = parameters.required("type")
    if kind not in CONDITIONAL_TYPES:
        raise WireError(-1116, "Invalid orderType.")
    side = read_side(parameters)
    position_side, reduce_only = read_position(call.account, parameters)
    closes = parameters.flag("closePosition")
    trailing = kind == "TRAILING_STOP_MARKET"
    trigger_price = ZERO if trailing else parameters.decimal("triggerPrice")
    if trigger_price is None:
        raise missing("triggerPrice")
    word = parameters.text("timeInForce") or "GTC"
    time_in_force = TimeInForce.GTC if word == _WITH_POSITION else read_time_in_force(word)
    is_limit = kind in {"STOP", "TAKE_PROFIT"}
    if closes and (is_limit or trailing):
        raise unwanted("closePosition")
    working_type = parameters.text("workingType") or "CONTRACT_PRICE"
    if working_type not in _WORKING_TYPES:
        raise WireError(-4031, f"Invalid parameter working type: {working_type[:40]}")
    price = parameters.decimal("price") if is_limit else None
    if is_limit and price is None:
        raise missing("price")
    return ConditionalRequest(
        order=OrderRequest(
            symbol=symbol,
            side=side,
            kind=OrderKind.LIMIT if is_limit else OrderKind.MARKET,
            quantity=_read_quantity(call, closes=closes),
            price=price,
            time_in_force=time_in_force if is_limit else TimeInForce.IOC,
            reduce_only=reduce_only or (closes and not call.account.hedge_mode),
            client_order_id=parameters.client_id("clientAlgoId") or own_client_id(call),
            labels=_labels(call, kind, word, working_type),
            position_side=position_side,
            good_till_ms=read_good_till(call, parameters, time_in_force) if is_limit else 0,
        ),
        trigger_price=trigger_price,
        direction=_direction(kind, side),
        trigger_by=_WORKING_TYPES[working_type],
        close_position=closes,
        expires_with_position=word == _WITH_POSITION,
        callback_rate=_callback_rate(call) if trailing else None,
        activation_price=parameters.decimal("activatePrice") if trailing else None,
    )


def _labels(call: Call, kind: str, time_in_force: str, working_type: str) -> dict[str, str]:
    """Keep the words that answers and frames repeat."""
    parameters = call.parameters
    trailing = (
        {
            "activatePrice": parameters.text("activatePrice") or "0",
            "callbackRate": parameters.text("callbackRate"),
        }
        if kind == "TRAILING_STOP_MARKET"
        else {}
    )
    return {
        **read_labels(parameters, kind),
        **trailing,
        "timeInForce": time_in_force,
        "stopPrice": parameters.text("triggerPrice") or "0",
        "workingType": working_type,
        "priceProtect": "true" if parameters.flag("priceProtect") else "false",
        "closePosition": "true" if parameters.flag("closePosition") else "false",
    }


def _direction(kind: str, side: Side) -> Direction:
    """Return which way the price must cross: stops follow the order, targets oppose it."""
    rising = (side is Side.BUY) != kind.startswith("TAKE_PROFIT")
    return Direction.RISING if rising else Direction.FALLING


def _read_quantity(call: Call, *, closes: bool) -> Decimal:
    quantity = call.parameters.decimal("quantity")
    if closes:
        if quantity:
            raise WireError(-4137, "Quantity must be zero with closePosition equals true")
        if call.parameters.flag("reduceOnly"):
            raise WireError(-4138, "Reduce only must be true with closePosition equals true")
        return ZERO
    if quantity is None:
        raise missing("quantity")
    return quantity


def _callback_rate(call: Call) -> Decimal:
    """Read the callback rate, which Binance writes in percent (0.1 to 10)."""
    rate = call.parameters.decimal("callbackRate")
    if rate is None:
        raise missing("callbackRate")
    if not SMALLEST_CALLBACK <= rate <= LARGEST_CALLBACK:
        raise WireError(-2007, "Invalid callBack rate.")
    return rate / 100


def _find(call: Call) -> ConditionalOrder | None:
    call.engine.enter()
    algo_id = call.parameters.integer("algoId")
    client_id = call.parameters.text("clientAlgoId")
    if algo_id is None and not client_id:
        raise WireError(
            -1102, "Param 'algoId' or 'clientAlgoId' must be sent, but both were empty/null!"
        )
    return call.engine.find_conditional(
        call.account, conditional_id=algo_id, client_order_id=client_id
    )
