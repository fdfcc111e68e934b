"""What happens to accepted orders: fills, triggers, cancellations and expiries."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.events import (
    AccountChange,
    AccountUpdate,
    ConditionalUpdate,
    OrderUpdate,
)
from daemon.paper_exchange.ledger import book_trade
from daemon.paper_exchange.matching import (
    find_fills,
    queue_before,
    take,
    worst_price,
)
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    Order,
    OrderKind,
    OrderRequest,
    OrderStatus,
    TimeInForce,
    TriggerStatus,
)
from daemon.paper_exchange.refusals import Reason
from daemon.paper_exchange.state import ExchangeState

NO_DEPTH = "NO_DEPTH"
REDUCE_ONLY = "REDUCE_ONLY"
POSITION_CLOSED = "POSITION_CLOSED"
LIQUIDATION = "LIQUIDATION"
DELEVERAGING = "DELEVERAGING"
_FORCED = frozenset({LIQUIDATION, DELEVERAGING})


def register_order(state: ExchangeState, account: Account, order: Order, now_ms: int) -> None:
    """Put an accepted order into the indexes and tell that it is there."""
    account.orders[order.order_id] = order
    account.open_orders[order.order_id] = order
    if order.client_order_id:
        account.client_order_ids[order.client_order_id] = order.order_id
    state.resting.setdefault(order.symbol, {})[order.order_id] = order
    if order.good_till_ms:
        state.dated[order.order_id] = order
    state.touched = True
    state.emit(OrderUpdate(account, order, "NEW", None, now_ms))


def end_order(
    state: ExchangeState,
    account: Account,
    order: Order,
    *,
    status: OrderStatus,
    reason: str,
    now_ms: int,
) -> None:
    """Cancel or expire an open order."""
    assert order.is_open
    order.status = status
    order.reason = reason
    order.updated_ms = now_ms
    _close_order(state, account, order)
    state.emit(OrderUpdate(account, order, status.value, None, now_ms))
    _finish_conditional(state, account, order)


def end_conditional(
    state: ExchangeState,
    account: Account,
    conditional: ConditionalOrder,
    *,
    status: TriggerStatus,
    reason: str,
    now_ms: int,
) -> None:
    """End a conditional order: cancelled, expired, rejected at its trigger, or done."""
    conditional.status = status
    conditional.reason = reason
    conditional.updated_ms = now_ms
    forget_waiting(state, account, conditional)
    state.archive(account, conditional)
    state.emit(ConditionalUpdate(account, conditional, now_ms))


def forget_waiting(state: ExchangeState, account: Account, conditional: ConditionalOrder) -> None:
    """Take a conditional order off the indexes of those that wait."""
    account.open_conditionals.pop(conditional.conditional_id, None)
    state.waiting.get(conditional.symbol, {}).pop(conditional.conditional_id, None)
    if conditional.request.order.good_till_ms:
        state.dated.pop(-conditional.conditional_id, None)


def fill_order(
    state: ExchangeState,
    account: Account,
    order: Order,
    *,
    price: Decimal,
    quantity: Decimal,
    is_maker: bool,
    now_ms: int,
    is_charged: bool = True,
) -> None:
    """Fill a part of an order, book it and tell it.

    An order that has ended already stays ended, with what was filled since.

    Args:
        is_charged: whether it costs commission.
    """
    was_open = order.is_open
    trade, rows = book_trade(
        state,
        account,
        order,
        price=price,
        quantity=quantity,
        is_maker=is_maker,
        is_charged=is_charged,
        now_ms=now_ms,
    )
    done = order.remaining <= 0
    if done:
        order.status = OrderStatus.FILLED
    elif was_open:
        order.status = OrderStatus.PARTIALLY_FILLED
    if done or not was_open:
        _close_order(state, account, order)
    liquidation = order.reason == LIQUIDATION
    change = AccountChange.LIQUIDATION if liquidation else AccountChange.ORDER
    state.emit(AccountUpdate(account, change, (order.position_key,), rows, now_ms))
    what = "CALCULATED" if order.reason in _FORCED else "TRADE"
    state.emit(OrderUpdate(account, order, what, trade, now_ms))
    if done:
        _finish_conditional(state, account, order)
    if not account.quantity_of(order.symbol, order.position_side):
        _drop_attached(state, account, order, now_ms)


def take_order(state: ExchangeState, account: Account, order: Order, now_ms: int) -> None:
    """Fill what the book offers now; the rest works on or ends as its time in force says."""
    market = state.markets[order.symbol]
    quantity = order.remaining
    if order.reduces:
        quantity = min(quantity, closable(account, order))
    limit = worst_price(market, order)
    fills = find_fills(market, order.side, quantity=quantity, limit=limit) if quantity else []
    if order.time_in_force is TimeInForce.FOK and order.kind is OrderKind.LIMIT:
        # All of it or nothing; accepted all the same where the exchange finds out later.
        fills = fills if sum((filled for _, filled in fills), ZERO) >= quantity else []
    take(market, order.side, fills)
    for price, filled in fills:
        fill_order(
            state,
            account,
            order,
            price=price,
            quantity=filled,
            is_maker=False,
            now_ms=now_ms,
        )
    if fills:
        fit_reducing(state, account, order.position_key, now_ms)
    if not order.is_open:
        return
    rest_order(state, order)
    ends = order.kind is OrderKind.MARKET or order.time_in_force in {
        TimeInForce.IOC,
        TimeInForce.FOK,
    }
    if ends:
        reason = REDUCE_ONLY if quantity < order.quantity and order.reduces else NO_DEPTH
        if order.time_in_force is TimeInForce.FOK:
            reason = Reason.FILL_OR_KILL_UNFILLABLE
        end_order(
            state,
            account,
            order,
            status=OrderStatus.EXPIRED,
            reason=reason,
            now_ms=now_ms,
        )


def closable(account: Account, order: Order | OrderRequest) -> Decimal:
    """Return how much an order can take off its position."""
    quantity = account.quantity_of(order.symbol, order.position_side)
    return abs(quantity) if quantity * order.side.sign < 0 else ZERO


def rest_order(state: ExchangeState, order: Order) -> None:
    """Let an order wait at its price, behind those who wait there already."""
    if order.price is not None and order.is_open:
        order.queue_ahead = queue_before(state.markets[order.symbol], order.side, order.price)


def fit_reducing(state: ExchangeState, account: Account, key: str, now_ms: int) -> None:
    """End the open orders that a position has no room for any more, after it has shrunk.

    Where the exchange cuts a reduce-only quantity to the position it cuts these too, as long as
    anything is left to reduce.
    """
    reducing = [o for o in account.open_orders.values() if o.reduces and o.position_key == key]
    for order in reducing:
        room = closable(account, order)
        if order.remaining <= room:
            continue
        if room and state.profile.reduce_only_truncates:
            order.quantity = order.filled_quantity + room
            order.updated_ms = now_ms
            state.touched = True
            state.emit(OrderUpdate(account, order, "AMENDMENT", None, now_ms))
            continue
        end_order(
            state,
            account,
            order,
            status=OrderStatus.EXPIRED,
            reason=REDUCE_ONLY,
            now_ms=now_ms,
        )


def _close_order(state: ExchangeState, account: Account, order: Order) -> None:
    account.open_orders.pop(order.order_id, None)
    state.resting.get(order.symbol, {}).pop(order.order_id, None)
    if order.good_till_ms:
        state.dated.pop(order.order_id, None)
    state.archive(account, order)


def _finish_conditional(state: ExchangeState, account: Account, order: Order) -> None:
    """End the conditional order that placed an order, once that has ended and was told."""
    conditional = account.conditionals.get(order.conditional_id or -1)
    if conditional is not None and conditional.status is TriggerStatus.TRIGGERED:
        end_conditional(
            state,
            account,
            conditional,
            status=TriggerStatus.FINISHED,
            reason="",
            now_ms=order.updated_ms,
        )


def _drop_attached(state: ExchangeState, account: Account, order: Order, now_ms: int) -> None:
    """Cancel the stops that were attached to a position, now that it is closed."""
    attached = [
        conditional
        for conditional in account.open_conditionals.values()
        if conditional.request.expires_with_position
        and conditional.request.order.position_key == order.position_key
    ]
    for conditional in attached:
        end_conditional(
            state,
            account,
            conditional,
            status=TriggerStatus.CANCELED,
            reason=POSITION_CLOSED,
            now_ms=now_ms,
        )
