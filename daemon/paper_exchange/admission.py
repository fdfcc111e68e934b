"""Whether an order may enter: the checks that look at its account and at the present market.

Each raises Refused with its reason and changes nothing.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.execution import closable
from daemon.paper_exchange.filters import check_price
from daemon.paper_exchange.margin import initial_margin, largest_notional, measure_account
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.matching import (
    best_price,
    crosses,
    find_fills,
    is_price_within,
    worst_price,
)
from daemon.paper_exchange.orders import (
    ZERO,
    ConditionalRequest,
    Direction,
    Order,
    OrderKind,
    OrderRequest,
    PositionSide,
    Side,
    TimeInForce,
)
from daemon.paper_exchange.refusals import Reason, Refused
from daemon.paper_exchange.state import ExchangeState
from daemon.paper_exchange.watching import is_reached, watched_price

LARGEST_CALLBACK: Final = Decimal("0.1")


def check_position_side(account: Account, request: OrderRequest) -> None:
    """Refuse an order for a position that the account's mode does not have."""
    if account.hedge_mode is (request.position_side is PositionSide.BOTH):
        raise Refused(Reason.POSITION_SIDE_MISMATCH)


def check_good_till(request: OrderRequest, market: Market) -> None:
    """Refuse a dated order without a date to come, and a date on any other."""
    is_dated = request.time_in_force is TimeInForce.GTD
    if is_dated is not (request.good_till_ms > market.time_ms):
        raise Refused(Reason.GOOD_TILL_INVALID)


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
    position = account.quantity_of(request.symbol, request.position_side) * mark
    price = request.price if request.price is not None else best_price(market, request.side)
    margin = measure_account(state, account)
    own = margin.symbols.get(request.position_key)
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


def cut_to_position(state: ExchangeState, account: Account, request: OrderRequest) -> OrderRequest:
    if not request.reduces:
        return request
    room = closable(account, request)
    if not room:
        raise Refused(Reason.REDUCE_ONLY_REJECTED)
    if request.quantity > room:
        if not state.profile.reduce_only_truncates:
            raise Refused(Reason.REDUCE_ONLY_REJECTED)
        return replace(request, quantity=room)
    return request


def check_count(state: ExchangeState, account: Account, symbol: str) -> None:
    limit = state.profile.max_open_orders
    if len(account.open_orders) < limit:
        return
    if sum(1 for o in account.open_orders.values() if o.symbol == symbol) >= limit:
        raise Refused(Reason.TOO_MANY_ORDERS)


def check_conditional_count(
    state: ExchangeState, account: Account, request: ConditionalRequest
) -> None:
    profile = state.profile
    if len(account.open_conditionals) >= profile.max_conditionals:
        raise Refused(Reason.TOO_MANY_CONDITIONALS)
    if request.expires_with_position:
        return
    waiting = sum(
        1
        for other in account.open_conditionals.values()
        if other.symbol == request.order.symbol and not other.request.expires_with_position
    )
    if waiting >= profile.max_symbol_conditionals:
        raise Refused(Reason.TOO_MANY_CONDITIONALS)


def check_single_close(state: ExchangeState, account: Account, request: ConditionalRequest) -> None:
    if not (state.profile.single_close_position and request.close_position):
        return
    wanted = (request.order.position_key, request.order.side, request.direction)
    for other in account.open_conditionals.values():
        asked = other.request
        if asked.close_position and wanted == (
            asked.order.position_key,
            asked.order.side,
            asked.direction,
        ):
            raise Refused(Reason.CLOSE_POSITION_EXISTS)


def check_time_in_force(state: ExchangeState, market: Market, request: OrderRequest) -> None:
    """Refuse a post-only order that would take, or a fill-or-kill that cannot be filled."""
    if request.kind is not OrderKind.LIMIT or request.price is None:
        return
    if request.time_in_force is TimeInForce.POST_ONLY:
        crossing = crosses(market, request.side, request.price)
        if crossing and not state.profile.post_only_cross_cancels:
            raise Refused(Reason.POST_ONLY_CROSSES)
    if request.time_in_force is TimeInForce.FOK and not state.profile.fill_or_kill_cancels:
        fills = find_fills(market, request.side, quantity=request.quantity, limit=request.price)
        if sum((quantity for _, quantity in fills), Decimal(0)) < request.quantity:
            raise Refused(Reason.FILL_OR_KILL_UNFILLABLE)


def check_market_price(state: ExchangeState, market: Market, request: OrderRequest) -> None:
    """Refuse a market order that would find no price within its bounds."""
    if request.kind is not OrderKind.MARKET or state.profile.priceless_market_cancels:
        return
    best = market.book.side(asks=request.side is Side.BUY).best()
    if best is None or not is_price_within(request.side, best[0], worst_price(market, request)):
        raise Refused(Reason.NO_MARKET_PRICE)


def check_trigger(market: Market, request: ConditionalRequest) -> None:
    """Refuse a trigger price off the grid, or one that the price is already beyond."""
    if request.is_trailing:
        _check_trailing(market, request)
        return
    try:
        check_price(market.spec, request.trigger_price)
    except Refused as refused:
        raise Refused(Reason.TRIGGER_PRICE_INVALID, cause=refused.reason) from refused
    if is_reached(market, request.trigger_by, request.direction, request.trigger_price):
        raise Refused(Reason.TRIGGERS_IMMEDIATELY)


def _check_trailing(market: Market, request: ConditionalRequest) -> None:
    """Refuse a callback above a tenth of the price, or an activation price already passed."""
    rate = request.callback_rate
    if rate is None:
        assert request.callback_distance is not None
        rate = request.callback_distance / market.last_price
    if not 0 < rate <= LARGEST_CALLBACK:
        raise Refused(Reason.CALLBACK_INVALID)
    if request.activation_price is not None:
        check_price(market.spec, request.activation_price)
        watched = watched_price(market, request.trigger_by)
        ahead = request.activation_price - watched
        if ahead * (1 if request.direction is Direction.FALLING else -1) <= 0:
            raise Refused(Reason.TRIGGERS_IMMEDIATELY)
