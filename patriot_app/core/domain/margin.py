"""Margin of linear contracts: brackets, maintenance margin and the price of liquidation."""

from decimal import Decimal

from patriot_app.core.domain.instruments import Instrument, bracket_for, notional_of


def initial_margin(notional: Decimal, *, leverage: int) -> Decimal:
    """Return USDT bound by a position at a leverage."""
    assert leverage >= 1
    return notional / leverage


def maintenance_margin(instrument: Instrument, notional: Decimal) -> Decimal | None:
    """Return notional * rate - deduction; None above the last bracket."""
    bracket = bracket_for(instrument, notional)
    if bracket is None:
        return None
    return notional * bracket.maintenance_rate - bracket.deduction


def margin_ratio(*, maintenance: Decimal, equity: Decimal) -> Decimal | None:
    """Return maintenance margin / equity: 0 is safe, 1 is liquidation; None without equity."""
    return maintenance / equity if equity > 0 else None


def liquidation_price(
    instrument: Instrument,
    *,
    quantity: Decimal,
    entry_price: Decimal,
    wallet_balance: Decimal,
    other_maintenance: Decimal = Decimal(0),
    other_unrealised: Decimal = Decimal(0),
) -> Decimal | None:
    """Return the mark price at which a cross position is liquidated; None if at none above zero.

    `(WB - TMM1 + UPNL1 + cum - side * q * EP) / (q * MMR - side * q)`, with the bracket of the
    notional at entry.

    Args:
        quantity: signed contract units.
        other_maintenance, other_unrealised: USDT of the account's other positions.

    Source: Binance FAQ b3c689c1f50a44cabb3a84e663b81d93.
    """
    if quantity == 0:
        return None
    bracket = bracket_for(instrument, notional_of(instrument, quantity=quantity, price=entry_price))
    if bracket is None:
        return None
    units = abs(quantity) * instrument.contract_size
    side = 1 if quantity > 0 else -1
    numerator = (
        wallet_balance
        - other_maintenance
        + other_unrealised
        + bracket.deduction
        - side * units * entry_price
    )
    price = numerator / (units * bracket.maintenance_rate - side * units)
    return price if price > 0 else None
