"""How amounts are written for people, the same on a page and on paper."""

from decimal import ROUND_HALF_EVEN, Decimal

MINUS = "−"


def grouped(value: Decimal, *, places: int = 2) -> str:
    """Return a decimal with thousands separators and a typographic minus, ties to the even digit."""
    quantum = Decimal(1).scaleb(-places)
    rounded = value.quantize(quantum, rounding=ROUND_HALF_EVEN)
    if rounded == 0:
        rounded = abs(rounded)
    return f"{rounded:,.{places}f}".replace("-", MINUS)


def signed(value: Decimal, *, places: int = 2) -> str:
    """Return a gain or loss with its sign; what is shown as nothing has none."""
    text = grouped(value, places=places)
    is_nothing = not any(digit in "123456789" for digit in text)
    return f"+{text}" if value > 0 and not is_nothing else text


def per_cent(fraction: Decimal, *, places: int = 2) -> str:
    """Return a fraction in per cent, without the unit (0.3 means 30.00)."""
    return grouped(fraction * 100, places=places)
