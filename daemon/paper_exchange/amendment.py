"""Changes of accepted orders: amendments and cancellations."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.admission import (
    check_margin,
    check_time_in_force,
    check_trigger,
)
from daemon.paper_exchange.commands import (
    AmendConditional,
    AmendOrder,
    CancelConditional,
    CancelOrder,
)
from daemon.paper_exchange.events import ConditionalUpdate, OrderUpdate
from daemon.paper_exchange.execution import (
    closable,
    end_conditional,
    end_order,
    rest_order,
    take_order,
)
from daemon.paper_exchange.filters import check_request
from daemon.paper_exchange.matching import crosses
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    Order,
    OrderChange,
    OrderKind,
    OrderRequest,
    OrderStatus,
    TriggerStatus,
)
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ExchangeState


def amend_order(
    state: ExchangeState, account: Account, amendment: AmendOrder, now_ms: int
) -> Order:
    """Change quantity, price or labels of an open limit order.

    A quantity at or below what is filled cancels the rest, as Binance does.
    """
    order = account.open_orders.get(amendment.order_id)
    if order is None:
        raise Refused(Reason.ORDER_NOT_OPEN)
    if order.kind is not OrderKind.LIMIT or order.price is None:
        raise Refused(Reason.ONLY_LIMIT_AMENDABLE)
    market = state.tradable(order.symbol)
    quantity = order.quantity if amendment.quantity is None else amendment.quantity
    price = order.price if amendment.price is None else amendment.price
    labels = order.labels if amendment.labels is None else amendment.labels
    if (quantity, price, labels) == (order.quantity, order.price, order.labels):
        raise Refused(Reason.NOTHING_TO_AMEND)
    wanted = _amended(order, quantity=quantity, price=price)
    check_request(market, wanted, whole_position=False)
    check_time_in_force(state, market, wanted)
    if not order.reduces and quantity > order.filled_quantity:
        rest = replace(wanted, quantity=quantity - order.filled_quantity)
        check_margin(state, account, market, rest, instead_of=order)
    if order.reduces and quantity - order.filled_quantity > closable(account, order):
        raise Refused(Reason.REDUCE_ONLY_REJECTED)
    if quantity <= order.filled_quantity:
        _cancel(state, account, order, now_ms)
        return order
    keeps_place = price == order.price and quantity <= order.quantity
    change = OrderChange(
        time_ms=now_ms,
        price_before=order.price,
        price_after=price,
        quantity_before=order.quantity,
        quantity_after=quantity,
        reference=amendment.reference,
    )
    order.quantity, order.price, order.updated_ms = quantity, price, now_ms
    order.labels = dict(labels)
    order.changes = (*order.changes, change)
    state.touched = True
    state.emit(OrderUpdate(account, order, "AMENDMENT", None, now_ms))
    if crosses(market, order.side, price):
        take_order(state, account, order, now_ms)
    elif not keeps_place:
        rest_order(state, order)
    return order


def _amended(order: Order, *, quantity: Decimal, price: Decimal) -> OrderRequest:
    """Return the request that would have made an order as it shall become."""
    return OrderRequest(
        symbol=order.symbol,
        side=order.side,
        kind=order.kind,
        quantity=quantity,
        price=price,
        time_in_force=order.time_in_force,
        reduce_only=order.reduce_only,
        position_side=order.position_side,
        good_till_ms=order.good_till_ms,
    )


def amend_conditional(
    state: ExchangeState, account: Account, amendment: AmendConditional, now_ms: int
) -> ConditionalOrder:
    """Change an untriggered conditional order."""
    conditional = account.open_conditionals.get(amendment.conditional_id)
    if conditional is None or not conditional.is_open:
        raise Refused(Reason.ORDER_NOT_OPEN)
    before = conditional.request
    quantity = before.order.quantity if amendment.quantity is None else amendment.quantity
    price = before.order.price if amendment.price is None else amendment.price
    trigger = before.trigger_price if amendment.trigger_price is None else amendment.trigger_price
    order = replace(before.order, quantity=quantity, price=price)
    wanted = replace(before, order=order, trigger_price=trigger)
    if wanted == before:
        raise Refused(Reason.NOTHING_TO_AMEND)
    market = state.tradable(order.symbol)
    check_trigger(market, wanted)
    check_request(market, order, whole_position=wanted.close_position)
    conditional.request = wanted
    conditional.updated_ms = now_ms
    state.touched = True
    state.emit(ConditionalUpdate(account, conditional, now_ms))
    return conditional


def cancel_order(state: ExchangeState, account: Account, cancel: CancelOrder, now_ms: int) -> Order:
    """Cancel an open order."""
    order = account.open_orders.get(cancel.order_id)
    if order is None:
        raise Refused(Reason.UNKNOWN_ORDER)
    _cancel(state, account, order, now_ms)
    return order


def cancel_conditional(
    state: ExchangeState, account: Account, cancel: CancelConditional, now_ms: int
) -> ConditionalOrder:
    """Cancel an untriggered conditional order."""
    conditional = account.open_conditionals.get(cancel.conditional_id)
    if conditional is None or not conditional.is_open:
        raise Refused(Reason.UNKNOWN_ORDER)
    end_conditional(
        state, account, conditional, status=TriggerStatus.CANCELED, reason="", now_ms=now_ms
    )
    return conditional


def _cancel(state: ExchangeState, account: Account, order: Order, now_ms: int) -> None:
    end_order(state, account, order, status=OrderStatus.CANCELED, reason="", now_ms=now_ms)
