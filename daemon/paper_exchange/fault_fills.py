"""Fills that a fault asks for: of open orders, beyond their quantity, and after their cancel."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.bybit.ids import order_number
from daemon.paper_exchange.commands import FillOrder
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.faults.rules import FaultRule
from daemon.paper_exchange.orders import ConditionalOrder, Order, OrderStatus
from daemon.paper_exchange.refusals import Reason, Refused


def find_open(engine: Engine, account: Account, rule: FaultRule) -> list[Order | ConditionalOrder]:
    """Return the open orders that a rule means: by number, by client id, by contract, or all."""
    engine.enter()
    numbers = _numbers(rule)
    named = [*rule.parameters.get("client_ids", ())]
    every: list[Order | ConditionalOrder] = [
        *account.open_orders.values(),
        *account.open_conditionals.values(),
    ]
    found: list[Order | ConditionalOrder] = []
    for order in every:
        number = order.order_id if isinstance(order, Order) else order.conditional_id
        if numbers or named:
            if number in numbers or order.client_order_id in named:
                found.append(order)
        elif rule.match.client_id:
            if rule.match.meets_client_id([order.client_order_id]):
                found.append(order)
        elif rule.match.symbol in {"", order.symbol}:
            found.append(order)
    return found


def _numbers(rule: FaultRule) -> set[int]:
    given = rule.parameters.get("order_id")
    numbers = set() if given is None else {int(given)}
    for text in rule.parameters.get("order_ids", ()):
        number = int(text) if text.isdigit() and len(text) < 20 else order_number(text)
        if number is not None:
            numbers.add(number)
    return numbers


def fill_orders(engine: Engine, account: Account, rule: FaultRule) -> str:
    """Fill open orders, wholly or in part."""
    orders = [order for order in find_open(engine, account, rule) if isinstance(order, Order)]
    if not orders:
        raise Refused(Reason.UNKNOWN_ORDER)
    fraction = Decimal(str(rule.parameters["fraction"]))
    filled: list[str] = []
    for order in orders:
        spec = engine.instruments[order.symbol]
        steps = order.remaining * fraction // spec.step_size
        quantity = max(steps * spec.step_size, spec.step_size)
        engine.submit(account, FillOrder(order_id=order.order_id, quantity=quantity))
        filled.append(f"{order.order_id} {quantity} {order.symbol}")
    return f"filled {', '.join(filled)}"


def overfill(engine: Engine, account: Account, rule: FaultRule) -> str:
    """Fill more of an order than there is, as an exchange that has lost count does."""
    orders = [order for order in find_open(engine, account, rule) if isinstance(order, Order)]
    if not orders:
        raise Refused(Reason.UNKNOWN_ORDER)
    order = orders[0]
    step = engine.instruments[order.symbol].step_size
    excess = Decimal(str(rule.parameters["excess"])) * order.quantity // step * step
    quantity = order.remaining + max(excess, step)
    engine.submit(account, FillOrder(order_id=order.order_id, quantity=quantity, over=True))
    return f"filled {order.order_id} {quantity} {order.symbol} beyond {order.quantity}"


def fill_late(engine: Engine, account: Account, rule: FaultRule) -> str:
    """Fill orders that were cancelled a moment ago."""
    engine.enter()
    numbers, named = _numbers(rule), rule.parameters.get("client_ids", ())
    orders = [
        order
        for order in account.orders.values()
        if order.status is OrderStatus.CANCELED
        and order.remaining > 0
        and (order.order_id in numbers or order.client_order_id in named)
    ]
    if not orders:
        raise Refused(Reason.UNKNOWN_ORDER)
    order = orders[-1]
    step = engine.instruments[order.symbol].step_size
    share = order.remaining * Decimal(str(rule.parameters["fraction"])) // step * step
    quantity = max(share, step)
    engine.submit(account, FillOrder(order_id=order.order_id, quantity=quantity, late=True))
    return f"filled {order.order_id} {quantity} {order.symbol} after its cancel"
