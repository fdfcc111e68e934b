"""Endpoints of ordinary orders."""

from __future__ import annotations

from typing import Any, Final

import orjson

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, missing, wire_error
from daemon.paper_exchange.binance.order_entry import read_order, read_side
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.wire import order_ack, order_row
from daemon.paper_exchange.commands import AmendOrder
from daemon.paper_exchange.orders import Order
from daemon.paper_exchange.refusals import Reason, Refused

WEEK_MS: Final = 7 * 86_400_000
UNFILLED_KEPT_MS: Final = 3 * 86_400_000
KEPT_MS: Final = 90 * 86_400_000
LARGEST_BATCH: Final = 5


def post_order(call: Call) -> dict[str, Any]:
    """Place an order."""
    return _place(call, call.parameters)


def test_order(call: Call) -> dict[str, Any]:
    """Check an order and place nothing."""
    call.engine.check_order(call.account, read_order(call, call.parameters))
    return {}


def post_batch(call: Call) -> list[dict[str, Any]]:
    """Place up to five orders; each succeeds or fails by itself."""
    return _each(call, _place)


def put_order(call: Call) -> dict[str, Any]:
    """Change quantity and price of an open limit order."""
    return _amend(call, call.parameters)


def put_batch(call: Call) -> list[dict[str, Any]]:
    """Change up to five orders."""
    return _each(call, _amend)


def get_order(call: Call) -> dict[str, Any]:
    """Query an order by either id.

    As on the exchange, orders that ended without a fill are forgotten after three days of market
    time and all others after ninety.
    """
    order = find_order(call, call.parameters)
    age_ms = call.engine.enter() - order.updated_ms if order is not None else 0
    if order is None or (
        not order.is_open and age_ms > (KEPT_MS if order.filled_quantity else UNFILLED_KEPT_MS)
    ):
        raise WireError(-2013, "Order does not exist.")
    return order_row(call.engine.instruments[order.symbol], order)


def get_open_order(call: Call) -> dict[str, Any]:
    """Query an order that is open."""
    order = find_order(call, call.parameters)
    if order is None or not order.is_open:
        raise WireError(-2013, "Order does not exist.")
    return order_row(call.engine.instruments[order.symbol], order)


def get_open_orders(call: Call) -> list[dict[str, Any]]:
    """List open orders of a contract or of all."""
    call.engine.enter()
    symbol = call.optional_symbol()
    return [
        order_row(call.engine.instruments[order.symbol], order)
        for order in call.account.open_orders.values()
        if symbol in {None, order.symbol}
    ]


def get_all_orders(call: Call) -> list[dict[str, Any]]:
    """List a contract's orders, oldest first."""
    now_ms = call.engine.enter()
    symbol = call.symbol()
    limit = call.parameters.limit(default=500, largest=1000)
    order_id = call.parameters.integer("orderId")
    start_ms, end_ms = call.time_range(longest_ms=WEEK_MS)
    orders = sorted(
        (o for o in call.account.orders.values() if o.symbol == symbol), key=lambda o: o.order_id
    )
    if order_id is not None:
        chosen = [order for order in orders if order.order_id >= order_id][:limit]
    else:
        first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
        last_ms = end_ms if end_ms is not None else first_ms + WEEK_MS
        chosen = [order for order in orders if first_ms <= order.created_ms <= last_ms]
        chosen = chosen[:limit] if start_ms is not None else chosen[-limit:]
    return [order_row(call.engine.instruments[symbol], order) for order in chosen]


def batch_size(parameters: Parameters) -> int:
    """Return how many orders a batch counts as."""
    return len(_json_list(parameters.required("batchOrders")))


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
        raise missing("orderIdList")
    name = "orderId" if ids else "origClientOrderId"
    wanted = _json_list(ids or client_ids)
    if len(wanted) > 10:
        raise WireError(-4032, "Exceed maximum cancel order size.")
    answers: list[dict[str, Any]] = []
    for entry in wanted:
        try:
            answers.append(_cancel(call, Parameters({"symbol": symbol, name: str(entry)})))
        except WireError as error:
            answers.append(error.body())
        except Refused as refused:
            answers.append(wire_error(refused).body())
    return answers


def delete_all(call: Call) -> dict[str, Any]:
    """Cancel every open order of a contract; conditional orders stay."""
    call.engine.cancel_all(call.account, call.symbol())
    return {"code": 200, "msg": "The operation of cancel all open order is done."}


def find_order(call: Call, parameters: Parameters) -> Order | None:
    """Find an order of a contract by orderId or origClientOrderId."""
    symbol = parameters.required("symbol")
    call.market_of(symbol)
    call.engine.enter()
    order_id = parameters.integer("orderId")
    client_order_id = parameters.text("origClientOrderId")
    if order_id is None and not client_order_id:
        raise WireError(
            -1102,
            "Param 'origClientOrderId' or 'orderId' must be sent, but both were empty/null!",
        )
    order = call.engine.find_order(call.account, order_id=order_id, client_order_id=client_order_id)
    return order if order is not None and order.symbol == symbol else None


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
    command = AmendOrder(order_id=order.order_id, quantity=quantity, price=price)
    call.engine.submit(call.account, command)
    spec = call.engine.instruments[order.symbol]
    return order_ack(spec, order, lean=call.dialect.options.lean_ack, as_new=False)


def _cancel(call: Call, parameters: Parameters) -> dict[str, Any]:
    order = find_order(call, parameters)
    if order is None or not order.is_open:
        raise Refused(Reason.UNKNOWN_ORDER)
    call.engine.cancel_order(call.account, order.order_id)
    spec = call.engine.instruments[order.symbol]
    return order_ack(spec, order, lean=call.dialect.options.lean_ack, as_new=False)


def _each(call: Call, work: Any) -> list[dict[str, Any]]:
    entries = _json_list(call.parameters.required("batchOrders"))
    if not 1 <= len(entries) <= LARGEST_BATCH:
        raise WireError(-4082, f"Invalid number of batch place orders: {len(entries)}")
    answers: list[dict[str, Any]] = []
    for entry in entries:
        values = {name: _text(value) for name, value in entry.items()}
        try:
            answers.append(work(call, Parameters(values)))
        except WireError as error:
            answers.append(error.body())
        except Refused as refused:
            answers.append(wire_error(refused).body())
    return answers


def _json_list(text: str) -> list[Any]:
    try:
        entries = orjson.loads(text)
    except orjson.JSONDecodeError:
        raise WireError(-1130, "Data sent for parameter is not valid.") from None
    if not isinstance(entries, list):
        raise WireError(-1130, "Data sent for parameter is not valid.")
    return entries


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "" if value is None else str(value)
