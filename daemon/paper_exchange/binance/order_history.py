"""Endpoints that read ordinary orders: one, those that are open, all, forced ones, changes."""

from __future__ import annotations

from typing import Any, Final

from daemon.paper_exchange.binance.call import Call
from daemon.paper_exchange.binance.codes import WireError, invalid
from daemon.paper_exchange.binance.parameters import Parameters
from daemon.paper_exchange.binance.wire import amendment_row, order_row
from daemon.paper_exchange.orders import Order

WEEK_MS: Final = 7 * 86_400_000
UNFILLED_KEPT_MS: Final = 3 * 86_400_000
KEPT_MS: Final = 90 * 86_400_000


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
    """List the orders of a contract or of all, oldest first."""
    now_ms = call.engine.enter()
    symbol = call.optional_symbol()
    limit = call.parameters.limit(default=500, largest=1000)
    order_id = call.parameters.integer("orderId")
    start_ms, end_ms = call.time_range(longest_ms=WEEK_MS)
    orders = sorted(
        (o for o in call.account.orders.values() if symbol in {None, o.symbol}),
        key=lambda o: o.order_id,
    )
    if order_id is not None:
        chosen = [order for order in orders if order.order_id >= order_id][:limit]
    else:
        first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
        last_ms = end_ms if end_ms is not None else first_ms + WEEK_MS
        chosen = [order for order in orders if first_ms <= order.created_ms <= last_ms]
        chosen = chosen[:limit] if start_ms is not None else chosen[-limit:]
    return [order_row(call.engine.instruments[order.symbol], order) for order in chosen]


def get_force_orders(call: Call) -> list[dict[str, Any]]:
    """List the orders by which the exchange closed positions, latest last."""
    now_ms = call.engine.enter()
    symbol = call.optional_symbol()
    kind = call.parameters.word("autoCloseType", ("LIQUIDATION", "ADL"))
    starts = {"LIQUIDATION": ("autoclose-",), "ADL": ("adl_autoclose",)}
    prefixes = starts.get(kind, ("autoclose-", "adl_autoclose"))
    limit = call.parameters.integer("limit", 50)
    if limit is None or not 1 <= limit <= 100:
        raise invalid("limit")
    start_ms, end_ms = call.time_range(longest_ms=WEEK_MS)
    first_ms = start_ms if start_ms is not None else (end_ms or now_ms) - WEEK_MS
    last_ms = end_ms if end_ms is not None else now_ms
    chosen = [
        order_row(call.engine.instruments[order.symbol], order)
        for order in sorted(call.account.orders.values(), key=lambda order: order.order_id)
        if order.client_order_id.startswith(prefixes)
        and symbol in {None, order.symbol}
        and first_ms <= order.created_ms <= last_ms
    ]
    return chosen[-limit:]


def get_amendments(call: Call) -> list[dict[str, Any]]:
    """List the changes of an order, latest first."""
    order = find_order(call, call.parameters)
    limit = call.parameters.limit(default=50, largest=100)
    if order is None:
        raise WireError(-2013, "Order does not exist.")
    start_ms, end_ms = call.time_range()
    spec = call.engine.instruments[order.symbol]
    rows = [
        amendment_row(spec, order, count)
        for count in range(order.amendments, 0, -1)
        if (start_ms or 0) <= order.changes[count - 1].time_ms
        and (end_ms is None or order.changes[count - 1].time_ms <= end_ms)
    ]
    return rows[:limit]


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
