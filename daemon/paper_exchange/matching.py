"""How much of an order the synthetic book fills, and at which prices.

Every account sees the whole book: one account's order takes nothing away from another's. That
keeps a fan-out fair and each account's outcome its own; the price of size is paid by walking
down the levels.
"""

from __future__ import annotations

from decimal import Decimal

from daemon.paper_exchange.market import Market
from daemon.paper_exchange.orders import ZERO, Side

Fill = tuple[Decimal, Decimal]
"""Price and quantity."""


def is_price_within(side: Side, price: Decimal, limit: Decimal) -> bool:
    """Tell whether a price is as good as a limit or better."""
    return price <= limit if side is Side.BUY else price >= limit


def best_price(market: Market, side: Side) -> Decimal:
    """Return the price at which an order of this side would begin to take."""
    return market.ask if side is Side.BUY else market.bid


def crosses(market: Market, side: Side, limit: Decimal) -> bool:
    """Tell whether a limit order would take from the book at once."""
    return is_price_within(side, best_price(market, side), limit)


def take(market: Market, side: Side, *, quantity: Decimal, limit: Decimal | None) -> list[Fill]:
    """Walk the book; what is not in the result found no level within the limit."""
    fills: list[Fill] = []
    left = quantity
    for price, available in market.levels(asks=side is Side.BUY):
        if limit is not None and not is_price_within(side, price, limit):
            break
        filled = min(left, available)
        fills.append((price, filled))
        left -= filled
        if not left:
            break
    return fills


def rest(market: Market, side: Side, *, quantity: Decimal, limit: Decimal) -> Decimal:
    """Return how much of a resting order this price step fills (at its own price)."""
    if not is_price_within(side, market.last_price, limit):
        return ZERO
    return min(quantity, market.resting_quantity)
