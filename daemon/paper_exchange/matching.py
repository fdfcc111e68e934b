"""How much of an order the synthetic book fills, and at which prices.

An order that takes walks down the levels and leaves them emptier. An order that rests waits for the price: where the last
trade is at its own price, what is traded there first serves those who stood before it; where the
price has gone through, what stood in between is served with it.
"""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO, Order, OrderRequest, Side

Fill = tuple[Decimal, Decimal]
"""Price and quantity."""


def is_price_within(side: Side, price: Decimal, limit: Decimal) -> bool:
    """Tell whether a price is as good as a limit or better."""
    return price <= limit if side is Side.BUY else price >= limit


def best_price(market: Market, side: Side) -> Decimal:
    """Return the price at which an order of this side would begin to take."""
    return market.ask if side is Side.BUY else market.bid


def worst_price(market: Market, order: Order | OrderRequest) -> Decimal:
    """Return the worst price that an order takes at: its limit, or a market order's bound."""
    if order.price is not None:
        return order.price
    lowest, highest = market.take_bounds
    return highest if order.side is Side.BUY else lowest


def crosses(market: Market, side: Side, limit: Decimal) -> bool:
    """Tell whether a limit order would take from the book at once."""
    return is_price_within(side, best_price(market, side), limit)


def take(market: Market, side: Side, fills: list[Fill]) -> None:
    """Take from the book what an order of this side was found."""
    market.book.take(sum((filled for _, filled in fills), ZERO), asks=side is Side.BUY)


def find_fills(
    market: Market, side: Side, *, quantity: Decimal, limit: Decimal | None
) -> list[Fill]:
    """Walk the book; what is not in the result found no level within the limit.

    Args:
        limit: the worst price; None takes whatever there is.
    """
    fills: list[Fill] = []
    left = quantity
    for price, available in market.book.side(asks=side is Side.BUY).walk():
        if limit is not None and not is_price_within(side, price, limit):
            break
        filled = min(left, available)
        fills.append((price, filled))
        left -= filled
        if not left:
            break
    return fills


def queue_before(market: Market, side: Side, limit: Decimal) -> Decimal:
    """Return the quantity that stands before an order which begins to rest at a price."""
    return market.book.queue_at(limit, asks=side is Side.SELL)


def offered(market: Market, side: Side, limit: Decimal) -> Decimal:
    """Return what this step offers to the orders that rest at a price, those before them too."""
    flow = market.flow(asks=side is Side.SELL)
    through = abs(market.last_price - limit)
    return max(flow, market.book.drawn.quantity_within(through)) if through else flow
