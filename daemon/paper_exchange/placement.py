"""Entry of orders: check everything, then accept, then let the book have it.

A refusal leaves no trace: no number is used up, no index touched.
"""

from __future__ import annotations

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.admission import (
    check_client_id,
    check_conditional_count,
    check_count,
    check_good_till,
    check_margin,
    check_market_price,
    check_position_side,
    check_single_close,
    check_time_in_force,
    check_trigger,
    cut_to_position,
)
from daemon.paper_exchange.events import ConditionalUpdate
from daemon.paper_exchange.execution import (
    end_order,
    register_order,
    rest_order,
    take_order,
)
from daemon.paper_exchange.filters import check_request
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.matching import crosses
from daemon.paper_exchange.orders import (
    ConditionalOrder,
    ConditionalRequest,
    Order,
    OrderKind,
    OrderRequest,
    OrderStatus,
    TimeInForce,
)
from daemon.paper_exchange.refusals import Reason
from daemon.paper_exchange.state import ExchangeState


def place_order(
    state: ExchangeState, account: Account, request: OrderRequest, now_ms: int
) -> Order:
    """Accept an order and fill what the book gives at once.

    Raises:
        Refused: with the first rule that the order breaks; nothing has changed then.
    """
    market = state.tradable(request.symbol)
    request = check_order(state, account, market, request)
    order = new_order(state, account, request, now_ms)
    register_order(state, account, order, now_ms)
    _work_new_order(state, account, order, market, now_ms)
    return order


def check_order(
    state: ExchangeState, account: Account, market: Market, request: OrderRequest
) -> OrderRequest:
    """Run every rule; return the request, its quantity cut where the exchange cuts it."""
    check_position_side(account, request)
    check_request(market, request, whole_position=False)
    check_good_till(request, market)
    check_client_id(state, account, request.client_order_id)
    request = cut_to_position(state, account, request)
    check_count(state, account, request.symbol)
    check_time_in_force(state, market, request)
    check_market_price(state, market, request)
    if not request.reduces:
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
        position_side=request.position_side,
        good_till_ms=request.good_till_ms,
    )


def place_conditional(
    state: ExchangeState, account: Account, request: ConditionalRequest, now_ms: int
) -> ConditionalOrder:
    """Accept a conditional order; its margin is checked when it triggers.

    Raises:
        Refused: with the first rule that the order breaks; nothing has changed then.
    """
    wanted = request.order
    market = state.tradable(wanted.symbol)
    check_position_side(account, wanted)
    check_good_till(wanted, market)
    check_trigger(market, request)
    check_request(market, wanted, whole_position=request.close_position)
    check_client_id(state, account, wanted.client_order_id)
    check_conditional_count(state, account, request)
    check_single_close(state, account, request)
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
    if wanted.good_till_ms:
        state.dated[-number] = conditional
    state.touched = True
    state.emit(ConditionalUpdate(account, conditional, now_ms))
    return conditional


def _work_new_order(
    state: ExchangeState, account: Account, order: Order, market: Market, now_ms: int
) -> None:
    if order.kind is OrderKind.LIMIT:
        assert order.price is not None
        if not crosses(market, order.side, order.price):
            if order.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}:
                take_order(state, account, order, now_ms)
            else:
                rest_order(state, order)
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
