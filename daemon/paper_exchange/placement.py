"""Entry of orders: check everything, then accept, then let the book have it.

A refusal leaves no trace: no number is used up, no index touched.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.events import ConditionalUpdate
from daemon.paper_exchange.execution import (
    closable,
    end_order,
    is_reached,
    register_order,
    take_order,
)
from daemon.paper_exchange.filters import check_price, check_request
from daemon.paper_exchange.margin import initial_margin, largest_notional, measure_account
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.matching import best_price, crosses, take
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalOrder,
    ConditionalRequest,
    Order,
    OrderKind,
    OrderRequest,
    OrderStatus,
    TimeInForce,
)
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ExchangeState


def place_order(
    state: ExchangeState, account: Account, request: OrderRequest, now_ms: int
) -> Order:
    """Accept an order and fill what the book gives at once.

    Raises:
        Refused: with the first rule that the order breaks; nothing has changed then.
    """
    market = state.market(request.symbol)
    request = check_order(state, account, market, request)
    order = new_order(state, account, request, now_ms)
    register_order(state, account, order, now_ms)
    _work_new_order(state, account, order, market, now_ms)
    return order


def check_order(
    state: ExchangeState, account: Account, market: Market, request: OrderRequest
) -> OrderRequest:
    """Run every rule; return the request, its quantity cut where the exchange cuts it."""
    if account.hedge_mode:
        raise Refused(Reason.HEDGE_MODE)
    check_request(market, request, whole_position=False)
    check_client_id(state, account, request.client_order_id)
    request = _check_reduce_only(state, account, request)
    _check_count(state, account, request.symbol)
    check_time_in_force(state, market, request)
    if not request.reduce_only:
        check_margin(state, account, market, request)
    return request


def new_order(
    state: ExchangeState,
    account: Account,
    request: OrderRequest,
    now_ms: int,
    *,
    conditional_id: int | None = None,
) -> Order:
    """Make the order of a request; it is not registered yet."""
    keeps_id = conditional_id is not None and state.profile.child_keeps_id
    order_id = conditional_id if keeps_id else state.sequences.next_order()
    assert order_id is not None
    return Order(
        order_id=order_id,
        api_key=account.api_key,
        symbol=request.symbol,
        side=request.side,
        kind=request.kind,
        quantity=request.quantity,
        price=request.price,
        time_in_force=request.time_in_force,
        reduce_only=request.reduce_only,
        client_order_id=request.client_order_id,
        labels=dict(request.labels),
        created_ms=now_ms,
        updated_ms=now_ms,
        conditional_id=conditional_id,
    )


def place_conditional(
    state: ExchangeState, account: Account, request: ConditionalRequest, now_ms: int
) -> ConditionalOrder:
    """Accept a conditional order; its margin is checked when it triggers.

    Raises:
        Refused: with the first rule that the order breaks; nothing has changed then.
    """
    if account.hedge_mode:
        raise Refused(Reason.HEDGE_MODE)
    wanted = request.order
    market = state.market(wanted.symbol)
    check_trigger(market, request)
    check_request(market, wanted, whole_position=request.close_position)
    check_client_id(state, account, wanted.client_order_id)
    if len(account.open_conditionals) >= state.profile.max_conditionals:
        raise Refused(Reason.TOO_MANY_CONDITIONALS)
    number = (
        state.sequences.next_order()
        if state.profile.child_keeps_id
        else state.sequences.next_conditional()
    )
    conditional = ConditionalOrder(
        conditional_id=number,
        api_key=account.api_key,
        request=request,
        created_ms=now_ms,
        updated_ms=now_ms,
    )
    account.conditionals[number] = conditional
    account.open_conditionals[number] = conditional
    if wanted.client_order_id:
        account.client_conditional_ids[wanted.client_order_id] = number
    state.waiting.setdefault(wanted.symbol, {})[number] = conditional
    state.touched = True
    state.emit(ConditionalUpdate(account, conditional, now_ms))
    return conditional


def check_client_id(state: ExchangeState, account: Account, client_order_id: str) -> None:
    """Refuse a client order id that is in use (or, on some exchanges, was ever used)."""
    if not client_order_id:
        return
    order = account.orders.get(account.client_order_ids.get(client_order_id, -1))
    conditional = account.conditionals.get(account.client_conditional_ids.get(client_order_id, -1))
    if state.profile.client_ids_unique_for_ever:
        taken = order is not None or conditional is not None
    else:
        taken = (order is not None and order.is_open) or (
            conditional is not None and conditional.is_open
        )
    if taken:
        raise Refused(Reason.DUPLICATE_CLIENT_ID, client_order_id=client_order_id)


def check_margin(
    state: ExchangeState,
    account: Account,
    market: Market,
    request: OrderRequest,
    *,
    instead_of: Order | None = None,
) -> None:
    """Refuse what the available balance cannot carry or the leverage bracket does not allow.

    The need is the rise of the contract's initial margin plus the loss that is certain when a
    buy pays more (a sale gets less) than the mark price.

    Args:
        instead_of: an open order whose rest this one replaces.
    """
    mark = market.mark_price
    position = account.quantity_of(request.symbol) * mark
    price = request.price if request.price is not None else best_price(market, request.side)
    margin = measure_account(state, account)
    own = margin.symbols.get(request.symbol)
    sides = {1: own.bid_notional if own else ZERO, -1: own.ask_notional if own else ZERO}
    if instead_of is not None and instead_of.price is not None:
        sides[request.side.sign] -= instead_of.price * instead_of.remaining
    sides[request.side.sign] += price * request.quantity
    leverage = account.leverage_of(request.symbol)
    bound = own.position_initial + own.order_initial if own else ZERO
    after = initial_margin(position=position, bids=sides[1], asks=sides[-1], leverage=leverage)
    if after <= bound:
        return
    reach = max(abs(position + sides[1]), abs(position - sides[-1]))
    if reach > largest_notional(market.spec, leverage):
        raise Refused(Reason.POSITION_ABOVE_BRACKET)
    loss = max(ZERO, (price - mark) * request.side.sign) * request.quantity
    if after - bound + loss > margin.available:
        raise Refused(
            Reason.INSUFFICIENT_MARGIN,
            needed=str(after - bound + loss),
            available=str(margin.available),
        )


def _work_new_order(
    state: ExchangeState, account: Account, order: Order, market: Market, now_ms: int
) -> None:
    if order.kind is OrderKind.LIMIT:
        assert order.price is not None
        if not crosses(market, order.side, order.price):
            if order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
                take_order(state, account, order, now_ms)
            return
        if order.time_in_force is TimeInForce.POST_ONLY:
            end_order(
                state,
                account,
                order,
                status=OrderStatus.CANCELED,
                reason=Reason.POST_ONLY_CROSSES,
                now_ms=now_ms,
            )
            return
    take_order(state, account, order, now_ms)


def _check_reduce_only(
    state: ExchangeState, account: Account, request: OrderRequest
) -> OrderRequest:
    if not request.reduce_only:
        return request
    room = closable(account, request.symbol, request.side)
    if not room:
        raise Refused(Reason.REDUCE_ONLY_REJECTED)
    if request.quantity > room:
        if not state.profile.reduce_only_truncates:
            raise Refused(Reason.REDUCE_ONLY_REJECTED)
        return replace(request, quantity=room)
    return request


def _check_count(state: ExchangeState, account: Account, symbol: str) -> None:
    limit = state.profile.max_open_orders
    if len(account.open_orders) < limit:
        return
    if sum(1 for o in account.open_orders.values() if o.symbol == symbol) >= limit:
        raise Refused(Reason.TOO_MANY_ORDERS)


def check_time_in_force(state: ExchangeState, market: Market, request: OrderRequest) -> None:
    """Refuse a post-only order that would take, or a fill-or-kill that cannot be filled."""
    if request.kind is not OrderKind.LIMIT or request.price is None:
        return
    if request.time_in_force is TimeInForce.POST_ONLY:
        crossing = crosses(market, request.side, request.price)
        if crossing and not state.profile.post_only_cross_cancels:
            raise Refused(Reason.POST_ONLY_CROSSES)
    if request.time_in_force is TimeInForce.FOK:
        fills = take(market, request.side, quantity=request.quantity, limit=request.price)
        if sum((quantity for _, quantity in fills), Decimal(0)) < request.quantity:
            raise Refused(Reason.FILL_OR_KILL_UNFILLABLE)


def check_trigger(market: Market, request: ConditionalRequest) -> None:
    """Refuse a trigger price off the grid, or one that the price is already beyond."""
    if request.callback_rate is not None:
        if not 0 < request.callback_rate < 1:
            raise Refused(Reason.TRIGGER_PRICE_INVALID)
        return
    try:
        check_price(market.spec, request.trigger_price)
    except Refused as refused:
        raise Refused(Reason.TRIGGER_PRICE_INVALID, cause=refused.reason) from refused
    if is_reached(market, request.trigger_by, request.direction, request.trigger_price):
        raise Refused(Reason.TRIGGERS_IMMEDIATELY)
