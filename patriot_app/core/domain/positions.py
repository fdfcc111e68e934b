"""Positions: what fills add up to, and what the exchange says of them."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from enum import StrEnum

from patriot_app.core.domain.fills import FillReport, signed_quantity
from patriot_app.core.domain.money import EXACT
from patriot_app.core.domain.orders import PositionSide


@dataclass(frozen=True, slots=True)
class PositionReport:
    """A position as the exchange reports it.

    Attributes:
        quantity: signed contract units, negative is short; zero when flat.
        stop_loss: price of a stop attached to the position itself (Bybit), else None.
    """

    symbol: str
    position_side: PositionSide
    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    unrealised_pnl: Decimal
    liquidation_price: Decimal | None
    leverage: int
    stop_loss: Decimal | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class BalanceReport:
    """Money of an account as the exchange reports it, in USDT.

    Attributes:
        wallet_balance: without unrealised profit.
        equity: wallet_balance + unrealised_pnl.
    """

    wallet_balance: Decimal
    equity: Decimal
    unrealised_pnl: Decimal
    available_balance: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    updated_at: datetime


_ZERO = Decimal(0)
_STORED = Decimal("1E-18")


@dataclass(frozen=True, slots=True)
class Position:
    """What our fills add up to on one symbol in one-way mode.

    Attributes:
        quantity: signed contract units, negative is short.
        entry_price: average over the open quantity, 18 decimals; 0 when flat.
        realised_pnl: USDT before commission and funding, since the first fill.
        commission: USDT paid, rebates subtracted; commission in other assets is not in it.
    """

    quantity: Decimal = _ZERO
    entry_price: Decimal = _ZERO
    realised_pnl: Decimal = _ZERO
    commission: Decimal = _ZERO


FLAT = Position()


class PositionChange(StrEnum):
    OPENED = "opened"
    INCREASED = "increased"
    REDUCED = "reduced"
    CLOSED = "closed"
    REVERSED = "reversed"
    UNCHANGED = "unchanged"


def apply_fill(
    position: Position,
    fill: FillReport,
    *,
    contract_size: Decimal = Decimal(1),
    quote: str = "USDT",
) -> Position:
    """Return the position after one more fill; each fill is applied once (see fills.identity).

    The exchange's own realised profit is taken where it states one: it is what the wallet gets.
    """
    delta = signed_quantity(fill)
    closed = _closed_quantity(position.quantity, delta)
    realised = fill.realised_pnl
    if realised is None:
        gain_per_unit = EXACT.subtract(fill.price, position.entry_price)
        realised = EXACT.multiply(EXACT.multiply(gain_per_unit, closed), contract_size)
    quantity = EXACT.add(position.quantity, delta)
    return Position(
        quantity=quantity,
        entry_price=_entry_price(position, fill, quantity),
        realised_pnl=EXACT.add(position.realised_pnl, realised),
        commission=EXACT.add(
            position.commission, fill.commission if fill.commission_asset == quote else _ZERO
        ),
    )


def position_of(
    fills: Iterable[FillReport], *, contract_size: Decimal = Decimal(1), quote: str = "USDT"
) -> Position:
    """Return what fills add up to, in the order given."""
    position = FLAT
    for fill in fills:
        position = apply_fill(position, fill, contract_size=contract_size, quote=quote)
    return position


def unrealised_pnl(
    position: Position, *, mark_price: Decimal, contract_size: Decimal = Decimal(1)
) -> Decimal:
    """Return USDT that closing at the mark price would realise, before commission."""
    gain_per_unit = EXACT.subtract(mark_price, position.entry_price)
    return EXACT.multiply(EXACT.multiply(gain_per_unit, position.quantity), contract_size)


def change_of(before: Position, after: Position) -> PositionChange:
    """Name what a fill did."""
    old, new = before.quantity, after.quantity
    if old == new:
        return PositionChange.UNCHANGED
    if old == 0:
        return PositionChange.OPENED
    if new == 0:
        return PositionChange.CLOSED
    if (old > 0) != (new > 0):
        return PositionChange.REVERSED
    return PositionChange.INCREASED if abs(new) > abs(old) else PositionChange.REDUCED


def without_results(position: Position) -> Position:
    """Return the bare holding, to compare with what an exchange reports."""
    return replace(position, realised_pnl=_ZERO, commission=_ZERO)


def _closed_quantity(held: Decimal, delta: Decimal) -> Decimal:
    """Return the part of the held quantity that a change closes, with the sign of what was held."""
    if held == 0 or (held > 0) == (delta > 0):
        return _ZERO
    closed = min(abs(held), abs(delta))
    return closed if held > 0 else -closed


def _entry_price(position: Position, fill: FillReport, quantity: Decimal) -> Decimal:
    held = position.quantity
    if quantity == 0:
        return _ZERO
    if held == 0 or (held > 0) != (quantity > 0):
        return fill.price
    if abs(quantity) < abs(held):
        return position.entry_price
    cost = EXACT.add(
        EXACT.multiply(position.entry_price, abs(held)), EXACT.multiply(fill.price, fill.quantity)
    )
    average = EXACT.divide(cost, abs(quantity))
    return average.quantize(_STORED, rounding=ROUND_HALF_EVEN, context=EXACT)
