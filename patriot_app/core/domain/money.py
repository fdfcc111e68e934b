"""Amounts: how many decimals an asset has, and every rounding by its name."""

from collections.abc import Iterable
from decimal import ROUND_DOWN, ROUND_HALF_EVEN, Context, Decimal

ZERO = Decimal(0)
ONE = Decimal(1)
CENT = Decimal("0.01")
BASIS_POINT = Decimal("0.0001")

EXACT = Context(prec=76)
"""Twice the digits of NUMERIC(38,18): sums and products of stored amounts stay exact in it."""

ASSET_DECIMALS = {"USDT": 8, "USDC": 8, "USD": 2, "EUR": 2, "BNB": 8, "BTC": 8, "ETH": 8}
STORED_DECIMALS = 18


def round_fee_down(amount: Decimal) -> Decimal:
    """Round a fee of ours down to the cent, so that rounding never costs the client."""
    assert amount >= 0
    return amount.quantize(CENT, rounding=ROUND_DOWN, context=EXACT)


def round_cent_half_even(amount: Decimal) -> Decimal:
    """Round for display and pro-rata lines; ties go to the even cent and do not drift."""
    return amount.quantize(CENT, rounding=ROUND_HALF_EVEN, context=EXACT)


def truncate_to_asset(amount: Decimal, asset: str) -> Decimal:
    """Cut an amount to the decimals that its asset has, toward zero as the exchanges do."""
    decimals = ASSET_DECIMALS.get(asset, STORED_DECIMALS)
    return amount.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_DOWN, context=EXACT)


def exact_sum(amounts: Iterable[Decimal]) -> Decimal:
    """Add amounts without losing a digit, in whatever order they come."""
    total = ZERO
    for amount in amounts:
        total = EXACT.add(total, amount)
    return total


def exact_product(left: Decimal, right: Decimal) -> Decimal:
    """Multiply two stored amounts without losing a digit."""
    return EXACT.multiply(left, right)


def from_bps(rate_bps: Decimal) -> Decimal:
    """Return the fraction that basis points stand for: 25 is 0.0025."""
    return rate_bps * BASIS_POINT


def to_bps(fraction: Decimal) -> Decimal:
    """Return a fraction in basis points."""
    return fraction / BASIS_POINT


def share_of(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return part / whole as a fraction, or None where there is no positive whole."""
    return part / whole if whole > 0 else None
