"""Which stop a position must have, and the legs that give it.

Both legs close the whole position, so a partial fill needs no new leg. What is missing is placed
and confirmed before what is superfluous is cancelled: a crash in between leaves a stop too many,
never too few. Binance refuses a second stop that closes everything in the same direction (-4130):
there the successor has the position's quantity, and the one after it closes everything again, so
that the outer layer stands until the next one does.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from patriot_app.core.domain.orders import Leg, Side


class LegState(StrEnum):
    WANTED = "wanted"
    PLACED = "placed"
    TRIGGERED = "triggered"
    CANCELED = "canceled"
    FAILED = "failed"


LEG_TRANSITIONS = {
    LegState.WANTED: frozenset(
        {LegState.PLACED, LegState.TRIGGERED, LegState.CANCELED, LegState.FAILED}
    ),
    LegState.PLACED: frozenset({LegState.TRIGGERED, LegState.CANCELED, LegState.FAILED}),
    LegState.FAILED: frozenset({LegState.WANTED, LegState.PLACED, LegState.CANCELED}),
    LegState.TRIGGERED: frozenset(),
    LegState.CANCELED: frozenset(),
}

LIVE_LEGS = frozenset({LegState.WANTED, LegState.PLACED})


@dataclass(frozen=True, slots=True)
class WantedLeg:
    """A leg that must be at the exchange.

    Attributes:
        side: that closes the position.
        quantity: of the position now.
        is_sized: it is placed for that quantity instead of whatever is there.
    """

    leg: Leg
    side: Side
    trigger_price: Decimal
    quantity: Decimal
    is_sized: bool = False


@dataclass(frozen=True, slots=True)
class LiveLeg:
    """A leg as we know it.

    Attributes:
        quantity: still to be traded; None if it closes whatever is there.
        is_attached: it belongs to the position itself (Bybit) and has no order of ours.
    """

    leg_id: UUID
    leg: Leg
    side: Side
    trigger_price: Decimal
    quantity: Decimal | None
    state: LegState
    is_attached: bool = False


@dataclass(frozen=True, slots=True)
class PlaceLeg:
    """Send a new leg."""

    wanted: WantedLeg


@dataclass(frozen=True, slots=True)
class ReplaceLeg:
    """Send the new leg, and cancel the old one once the new one stands."""

    old: LiveLeg
    wanted: WantedLeg


@dataclass(frozen=True, slots=True)
class CancelLeg:
    """Withdraw a leg that nothing needs."""

    old: LiveLeg


LegAction = PlaceLeg | ReplaceLeg | CancelLeg


def wanted_legs(
    *, quantity: Decimal, stop: Decimal | None, target: Decimal | None
) -> tuple[WantedLeg, ...]:
    """Return the legs that a position must have; none when it is flat.

    Args:
        quantity: signed, of the position.
        stop, target: trigger prices on the grid; None if its strategy wants none.
    """
    if quantity == 0:
        return ()
    side = Side.SELL if quantity > 0 else Side.BUY
    legs = []
    for leg, price in ((Leg.STOP_LOSS, stop), (Leg.TAKE_PROFIT, target)):
        if price is not None:
            legs.append(WantedLeg(leg, side, price, abs(quantity)))
    return tuple(legs)


def diff_legs(wanted: Sequence[WantedLeg], legs: Sequence[LiveLeg]) -> tuple[LegAction, ...]:
    """Return what must be done, placements first; nothing if all is as it should be.

    A predecessor is kept until its successor stands at the exchange.
    """
    spare = [leg for leg in legs if leg.state in LIVE_LEGS]
    first: list[LegAction] = []
    held: set[tuple[Leg, Side]] = set()
    for each in wanted:
        kept = next((leg for leg in spare if _serves(leg, each)), None)
        if kept is not None:
            spare.remove(kept)
            if kept.state is not LegState.PLACED:
                held.add((each.leg, each.side))
            continue
        old = next((leg for leg in spare if leg.leg is each.leg and leg.side is each.side), None)
        if old is None:
            first.append(PlaceLeg(each))
        else:
            first.append(ReplaceLeg(old, each))
            held.add((each.leg, each.side))
    return (*first, *(CancelLeg(leg) for leg in spare if (leg.leg, leg.side) not in held))


def protected_by(quantity: Decimal, legs: Sequence[LiveLeg]) -> LiveLeg | None:
    """Return the standing stop that covers a whole position, or None if it is unprotected."""
    if quantity == 0:
        return None
    closes = Side.SELL if quantity > 0 else Side.BUY
    for leg in legs:
        is_standing_stop = leg.leg is Leg.STOP_LOSS and leg.state is LegState.PLACED
        covers = leg.quantity is None or leg.quantity >= abs(quantity)
        if is_standing_stop and covers and leg.side is closes:
            return leg
    return None


def would_trigger(wanted: WantedLeg, mark_price: Decimal) -> bool:
    """Tell whether a leg would fire at once: then the position is to be closed instead."""
    fires_falling = (wanted.leg is Leg.STOP_LOSS) == (wanted.side is Side.SELL)
    if fires_falling:
        return mark_price <= wanted.trigger_price
    return mark_price >= wanted.trigger_price


def is_emergency_exit_due(
    unprotected_since: datetime | None, now: datetime, *, unprotected_s_max: int
) -> bool:
    """Tell whether a position was without its stop for too long (wire time)."""
    if unprotected_since is None:
        return False
    return now - unprotected_since >= timedelta(seconds=unprotected_s_max)


def _serves(leg: LiveLeg, wanted: WantedLeg) -> bool:
    return (
        leg.leg is wanted.leg
        and leg.side is wanted.side
        and leg.trigger_price == wanted.trigger_price
        and (leg.quantity is None or leg.quantity == wanted.quantity)
    )
