"""Endpoints of ordinary orders."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import orjson

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, invalid, missing, wire_error
from daemon.paper_exchange.binance.order_entry import read_order, read_side
from daemon.paper_exchange.binance.order_history import find_order
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.wire import order_ack
from daemon.paper_exchange.commands import AmendOrder
from daemon.paper_exchange.orders import Order
from daemon.paper_exchange.refusals import Reason, Refused

LARGEST_BATCH: Final = 5
LARGEST_CANCEL: Final = 10
MOST_AMENDMENTS: Final = 10_000


def post_order(call: Call) -> dict[str, Any]:
    """Place an order."""
    return _place(call, call.parameters)


def test_order(call: Call) -> dict[str, Any]:
    """Check an order and place nothing; the answer looks like an order that nobody can find."""
    request = read_order(call, call.parameters)
    call.engine.check_order(call.account, request)
    now_ms = call.engine.enter()
    order = Order(
        order_id=0,
        api_key=call.account.api_key,
        symbol=request.symbol,
        side=request.side,
        kind=request.kind,
        quantity=request.quantity,
        price=request.price,
        time_in_force=request.time_in_force,
        reduce_only=request.reduce_only,
        client_order_id=request.client_order_id,
        labels=request.labels,
        position_side=request.position_side,
        good_till_ms=request.good_till_ms,
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    return order_ack(call.engine.instruments[order.symbol], order, lean=False, as_new=True)


def post_batch(call: Call) -> list[dict[str, Any]]:
    """Place up to five orders; each succeeds or fails by itself."""
    return _each(call, _place)


def put_order(call: Call) -> dict[str, Any]:
    """Change quantity and price of an open limit order."""
    return _amend(call, call.parameters)


def put_batch(call: Call) -> list[dict[str, Any]]:
    """Change up to five orders."""
    return _each(call, _amend)


def batch_size(parameters: Parameters) -> int:
    """Return how many orders a batch counts as."""
    return len(_json_list(parameters.required("batchOrders"), "batchOrders"))


def delete_order(call: Call) -> dict[str, Any]:
    """Cancel an order."""
    return _cancel(call, call.parameters)


def delete_batch(call: Call) -> list[dict[str, Any]]:
    """Cancel up to ten orders by either kind of id."""
    symbol = call.symbol()
    values = call.parameters.values
    ids = values.get("orderIdList") or values.get("orderidlist") or ""
    client_ids = values.get("origClientOrderIdList") or values.get("origclientorderidlist") or ""
    if not ids and not client_ids:
        raise WireError(
            -1102,
            "Param 'origClientOrderIdList' or 'orderIdList' must be sent, but both were "
            "empty/null!",
        )
    name = "orderId" if ids else "origClientOrderId"
    wanted = _json_list(ids or client_ids, f"{name}List")
    if len(wanted) > LARGEST_CANCEL:
        raise WireError(-4032, "Exceed maximum cancel order size.")
    return [
        _try(_cancel, call, Parameters({"symbol": symbol, name: _text(entry)})) for entry in wanted
    ]


def delete_all(call: Call) -> dict[str, Any]:
    """Cancel every open order of a contract; conditional orders stay."""
    call.engine.cancel_all(call.account, call.symbol())
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def _place(call: Call, parameters: Parameters) -> dict[str, Any]:
    request = read_order(call, parameters)
    order = call.engine.place_order(call.account, request)
    spec = call.engine.instruments[order.symbol]
    as_new = parameters.text("newOrderRespType") != "RESULT"
    return order_ack(spec, order, lean=call.dialect.options.lean_ack, as_new=as_new)


def _amend(call: Call, parameters: Parameters) -> dict[str, Any]:
    order = find_order(call, parameters)
    if order is None or not order.is_open:
        raise WireError(-2013, "Order does not exist.")
    if read_side(parameters) is not order.side:
        raise WireError(-1117, "Invalid side.")
    quantity, price = parameters.decimal("quantity"), parameters.decimal("price")
    if quantity is None:
        raise missing("quantity")
    if price is None:
        raise missing("price")
    if order.amendments >= MOST_AMENDMENTS:
        raise WireError(-5026, "Exceed maximum modify order limit.")
    modify_id = parameters.integer("modifyId")
    command = AmendOrder(
        order_id=order.order_id, quantity=quantity, price=price, reference=modify_id
    )
    try:
        call.engine.submit(call.account, command)
    except Refused as refused:
        raise _of_amendment(refused) from refused
    spec = call.engine.instruments[order.symbol]
    answer = order_ack(spec, order, lean=call.dialect.options.lean_ack, as_new=False)
    answer["pair"] = order.symbol
    return answer if modify_id is None else {**answer, "modifyId": modify_id}


def _of_amendment(refused: Refused) -> Exception:
    """Return the error of a refusal, in the code that amendments have for it."""
    if refused.reason is Reason.NOTIONAL_BELOW_MIN:
        minimum = refused.facts["minimum"]
        return WireError(-5029, f"Order's notional must be no smaller than {minimum}")
    if refused.reason is Reason.NOT_TRADING:
        text = "Symbol is not in trading status. Order amendment is not permitted."
        return WireError(-5024, text)
    return refused


def _cancel(call: Call, parameters: Parameters) -> dict[str, Any]:
    order = find_order(call, parameters)
    if order is None or not order.is_open:
        raise Refused(Reason.UNKNOWN_ORDER)
    call.engine.cancel_order(call.account, order.order_id)
    spec = call.engine.instruments[order.symbol]
    return order_ack(spec, order, lean=call.dialect.options.lean_ack, as_new=False)


def _each(call: Call, work: Callable[[Call, Parameters], dict[str, Any]]) -> list[dict[str, Any]]:
    entries = _json_list(call.parameters.required("batchOrders"), "batchOrders")
    if not 1 <= len(entries) <= LARGEST_BATCH:
        raise WireError(-4082, f"Invalid number of batch place orders: {len(entries)}")
    if not all(isinstance(entry, dict) for entry in entries):
        raise invalid("batchOrders")
    return [_try(work, call, _entry(entry)) for entry in entries]


def _try(
    work: Callable[[Call, Parameters], dict[str, Any]], call: Call, parameters: Parameters
) -> dict[str, Any]:
    try:
        return work(call, parameters)
    except WireError as error:
        return error.body()
    except Refused as refused:
        return wire_error(refused).body()


def _entry(entry: dict[str, Any]) -> Parameters:
    return Parameters({name: _text(value) for name, value in entry.items()})


def _json_list(text: str, name: str) -> list[Any]:
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise invalid(name) from None
    if not isinstance(entries, list):
        raise invalid(name)
    return entries


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
