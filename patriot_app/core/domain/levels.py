"""Stop and target of an open position, moved by a person: what is refused and what must be said."""

from dataclasses import dataclass
from decimal import Decimal

from patriot_app.core.domain.protection import wanted_legs, would_trigger

_FIELDS = ("stop_loss", "take_profit")


@dataclass(frozen=True, slots=True)
class Levels:
    """What is wanted of a position; no target is None."""

    stop: Decimal | None
    target: Decimal | None


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """An open position whose levels are to be moved.

    Attributes:
        quantity: signed contract units, not zero.
        liquidation_price: None if the exchange names none.
    """

    quantity: Decimal
    entry_price: Decimal
    mark_price: Decimal
    liquidation_price: Decimal | None
    levels: Levels


def problems_of(held: HeldPosition, wanted: Levels, *, tick_size: Decimal) -> dict[str, str]:
    """Return why levels are refused, as message per field; empty if they may be set."""
    problems: dict[str, str] = {}
    if wanted == held.levels:
        problems[""] = "Nothing differs from the levels of now"
    if wanted.stop is None:
        problems["stop_loss"] = "A position keeps its stop; move it instead"
    legs = wanted_legs(quantity=held.quantity, stop=wanted.stop, target=wanted.target)
    for name, price in zip(_FIELDS, (wanted.stop, wanted.target), strict=True):
        if price is None:
            continue
        if price <= 0:
            problems[name] = "A price is above zero"
        elif price % tick_size != 0:
            problems[name] = f"Prices here move in steps of {_plain(tick_size)}"
        elif any(leg.leg == name and would_trigger(leg, held.mark_price) for leg in legs):
            problems[name] = f"It would trigger at once: the price is {_plain(held.mark_price)}"
    if "stop_loss" not in problems and wanted.stop is not None and _is_dead(held, wanted.stop):
        problems["stop_loss"] = "It lies beyond liquidation and would never trigger"
    return problems


def is_wider(held: HeldPosition, wanted: Levels) -> bool:
    """Tell whether more is at risk than before: the stop is further away, or is new."""
    if wanted.stop is None or held.levels.stop is None:
        return held.levels.stop is not None
    sign = 1 if held.quantity > 0 else -1
    return (held.levels.stop - wanted.stop) * sign > 0


def loss_at(held: HeldPosition, stop: Decimal, *, contract_size: Decimal) -> Decimal:
    """Return USDT lost at a stop, before commission; negative if the stop lies in profit."""
    return (held.entry_price - stop) * held.quantity * contract_size


def _is_dead(held: HeldPosition, stop: Decimal) -> bool:
    if held.liquidation_price is None or held.liquidation_price <= 0:
        return False
    if held.quantity > 0:
        return stop <= held.liquidation_price
    return stop >= held.liquidation_price


def _plain(number: Decimal) -> str:
    """Return a stored number without the zeros that it is stored with."""
    return format(number.normalize(), "f")
