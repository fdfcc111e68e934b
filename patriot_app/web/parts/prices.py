"""Prices and distances between them, short enough for a cell."""

from decimal import Decimal

from patriot_app.web import format

_LARGE, _MEDIUM = Decimal(1_000), Decimal(1)


def shown_price(price: Decimal | None) -> str:
    """Show a price with as many decimals as its size needs: averages have eighteen."""
    if price is None:
        return format.EMPTY
    size = abs(price)
    places = 2 if size >= _LARGE else 4 if size >= _MEDIUM else 6
    return format.exact(round(price, places))


def basis_points(value: Decimal | None) -> str:
    """Show a distance between prices."""
    return format.EMPTY if value is None else f"{format.grouped(value, places=1)} bp"
