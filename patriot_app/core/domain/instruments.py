"""One contract of one exchange with its filters and leverage brackets.

A rounded number is one that the exchange accepts: prices on the tick, quantities on the step. Both
grids start at zero on both exchanges.
"""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import Leg, Side


@dataclass(frozen=True, slots=True)
class LeverageBracket:
    """Notional band [floor, cap): leverage cap and maintenance margin = notional * rate - deduction."""

    notional_floor: Decimal
    notional_cap: Decimal
    leverage_max: int
    maintenance_rate: Decimal
    deduction: Decimal


@dataclass(frozen=True, slots=True)
class Instrument:
    """Filters of a contract.

    Attributes:
        symbol: ours and the wire's, for example BTCUSDT.
        tick_size, step_size: grid of prices and quantities.
        market_quantity_max: largest market order.
        min_notional: USDT; reduce-only orders are exempt.
        contract_size: units of base per contract.
    """

    exchange: Exchange
    symbol: str
    base: str
    quote: str
    tick_size: Decimal
    step_size: Decimal
    quantity_min: Decimal
    quantity_max: Decimal
    market_quantity_max: Decimal
    min_notional: Decimal
    contract_size: Decimal
    leverage_max: int
    brackets: tuple[LeverageBracket, ...]
    is_trading: bool = True


class Toward(StrEnum):
    """Where a price between two ticks goes."""

    DOWN = "down"
    UP = "up"


def round_price(instrument: Instrument, price: Decimal, *, toward: Toward) -> Decimal:
    """Round a positive price to the tick grid; a price on the grid stays."""
    assert price > 0
    tick = instrument.tick_size
    floor = (price // tick) * tick
    if toward is Toward.DOWN or floor == price:
        return floor
    return floor + tick


def round_quantity_down(instrument: Instrument, quantity: Decimal) -> Decimal:
    """Round a quantity down to the step, so that rounding never adds risk."""
    assert quantity >= 0
    return (quantity // instrument.step_size) * instrument.step_size


def quantity_least(instrument: Instrument, price: Decimal) -> Decimal:
    """Return the smallest quantity on the grid that the exchange takes of an entry at a price."""
    step, unit_value = instrument.step_size, price * instrument.contract_size
    # Decimal's // cuts towards zero, so rounding up is said in words.
    steps = instrument.min_notional / unit_value // step
    if steps * step * unit_value < instrument.min_notional:
        steps += 1
    return max(instrument.quantity_min, steps * step)


def round_trigger(instrument: Instrument, price: Decimal, *, closes: Side, leg: Leg) -> Decimal:
    """Round a trigger price toward the side on which it fires earlier.

    A stop below a long fires earlier when it is higher, its target when it is lower; a short
    mirrors both.

    Args:
        closes: side of the protective order, SELL under a long.

    Source: EXECUTION 2.10.
    """
    assert leg.is_conditional
    fires_falling = (leg is Leg.STOP_LOSS) == (closes is Side.SELL)
    return round_price(instrument, price, toward=Toward.UP if fires_falling else Toward.DOWN)


def notional_of(instrument: Instrument, *, quantity: Decimal, price: Decimal) -> Decimal:
    """Return USDT: |quantity| * price * contract_size."""
    return abs(quantity) * price * instrument.contract_size


def bracket_for(instrument: Instrument, notional: Decimal) -> LeverageBracket | None:
    """Return the band that a notional falls into; None above the last or without brackets."""
    for bracket in instrument.brackets:
        if bracket.notional_floor <= notional < bracket.notional_cap:
            return bracket
    return None


def leverage_cap(instrument: Instrument, notional: Decimal) -> int | None:
    """Return the largest leverage a position of this notional may have; None if it may not be."""
    bracket = bracket_for(instrument, notional)
    return None if bracket is None else min(bracket.leverage_max, instrument.leverage_max)


def notional_cap(instrument: Instrument, leverage: int) -> Decimal:
    """Return the notional that a position at this leverage stays below; 0 if none is allowed."""
    if leverage > instrument.leverage_max:
        return Decimal(0)
    caps = [b.notional_cap for b in instrument.brackets if b.leverage_max >= leverage]
    return max(caps, default=Decimal(0))
