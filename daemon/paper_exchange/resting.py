"""Orders that rest: the price comes to them, and what it offers is shared out."""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.execution import (
    REDUCE_ONLY,
    closable,
    end_order,
    fill_order,
    fit_reducing,
)
from daemon.paper_exchange.market import Market
from daemon.paper_exchange.matching import is_price_within, offered
from daemon.paper_exchange.orders import ZERO, Order, OrderStatus, Side
from daemon.paper_exchange.state import ExchangeState


def work_resting(state: ExchangeState, symbol: str, now_ms: int) -> None:
    """Fill the resting orders that the present price reaches, by price and then by age.

    Orders of one account share what the step offers to its side.
    """
    resting = state.resting.get(symbol)
    if not resting:
        return
    market = state.markets[symbol]
    last = market.last_price
    reached = [
        (-order.price * order.side.sign, order.order_id)
        for order in resting.values()
        if order.price is not None and is_price_within(order.side, last, order.price)
    ]
    used: dict[tuple[str, Side], Decimal] = {}
    for _, order_id in sorted(reached):
        order = resting.get(order_id)
        if order is not None:
            _serve(state, market, order, used, now_ms)


def _serve(
    state: ExchangeState,
    market: Market,
    order: Order,
    used: dict[tuple[str, Side], Decimal],
    now_ms: int,
) -> None:
    """Give a resting order its share of what the step offers.

    Args:
        used: what earlier orders of each account and side have taken of it.
    """
    assert order.price is not None
    key = (order.api_key, order.side)
    left = offered(market, order.side, order.price) - used.get(key, ZERO)
    waiting = order.queue_ahead
    if market.last_price != order.price:
        waiting = order.queue_ahead = ZERO
    order.queue_ahead = max(ZERO, waiting - left)
    quantity = min(order.remaining, left - waiting)
    if quantity <= 0:
        return
    account = state.accounts[order.api_key]
    if order.reduces:
        quantity = min(quantity, closable(account, order))
    if not quantity:
        end_order(
            state,
            account,
            order,
            status=OrderStatus.EXPIRED,
            reason=REDUCE_ONLY,
            now_ms=now_ms,
        )
        return
    used[key] = used.get(key, ZERO) + quantity
    fill_order(
        state,
        account,
        order,
        price=order.price,
        quantity=quantity,
        is_maker=True,
        now_ms=now_ms,
    )
    fit_reducing(state, account, order.position_key, now_ms)
