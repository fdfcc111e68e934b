"""What a market order would cost: walk the visible levels and compare with the middle."""

from dataclasses import dataclass
from decimal import ROUND_UP, Context, Decimal

from patriot_app.core.domain.orders import Side

# Rounded against us, and not by the process's context: a library may have changed that one.
_UP = Context(prec=28, rounding=ROUND_UP)
_BASIS_POINTS = Decimal(10_000)
_PLACES = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class BookLevel:
    """What is offered at one price; contract units."""

    price: Decimal
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class OrderBook:
    """The visible levels of both sides, the best first."""

    bids: tuple[BookLevel, ...]
    asks: tuple[BookLevel, ...]


def impact_bps(book: OrderBook, *, side: Side, quantity: Decimal) -> Decimal | None:
    """Return how far beyond the middle a market order would trade on average.

    Half the spread is part of it: that is paid too. Rounded up to a hundredth of a basis point.

    Args:
        quantity: contract units, above zero.

    Returns:
        Basis points of the middle; None if the visible levels do not hold so much, or a side is
        empty: then nobody knows, and it counts as more than any limit.
    """
    assert quantity > 0
    if not book.bids or not book.asks:
        return None
    middle = _UP.divide(_UP.add(book.bids[0].price, book.asks[0].price), Decimal(2))
    if middle <= 0:
        return None
    paid, left = Decimal(0), quantity
    for level in book.asks if side is Side.BUY else book.bids:
        taken = min(left, level.quantity)
        beyond = (level.price - middle) * side.sign
        paid = _UP.add(paid, _UP.multiply(taken, beyond))
        left -= taken
        if left <= 0:
            share = _UP.divide(paid, _UP.multiply(quantity, middle))
            return _UP.multiply(share, _BASIS_POINTS).quantize(_PLACES, ROUND_UP)
    return None
