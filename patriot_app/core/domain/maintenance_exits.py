"""What becomes of a strategy's positions before a planned maintenance of their exchange.

By default they stay, with their stops at the exchange. A strategy may have them closed, or made
smaller, in the last minutes in which its exchange still takes orders.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.maintenance import CLOSE_AHEAD, Window, WindowState

TRIES_MAX = 20
"""Orders for one position before one window; each after the end of the one before."""


class PositionsAtMaintenance(StrEnum):
    """KEEP: with its stop."""

    KEEP = "keep"
    REDUCE = "reduce"
    CLOSE = "close"


@dataclass(frozen=True, slots=True)
class MaintenanceRule:
    """What a strategy wants done.

    Attributes:
        part: share of the position that is closed where it is reduced.
    """

    what: PositionsAtMaintenance = PositionsAtMaintenance.KEEP
    part: Decimal = Decimal("0.5")


@dataclass(frozen=True, slots=True)
class ExitTry:
    """One order of a position before a window. Quantities are contract units, not negative."""

    quantity: Decimal
    filled: Decimal
    is_ended: bool


def maintenance_rule(raw: Mapping[str, object]) -> MaintenanceRule:
    """Return the rule among a strategy version's settings; older versions have none and keep."""
    return MaintenanceRule(
        PositionsAtMaintenance(str(raw.get("at_maintenance") or PositionsAtMaintenance.KEEP)),
        Decimal(str(raw.get("maintenance_part") or MaintenanceRule().part)),
    )


def is_time_to_leave(window: Window, now: datetime, *, lead: timedelta) -> bool:
    """Tell whether positions are left for a window now.

    Never while entries still go, or what was closed could open again; and never where nobody knew
    of the window before.
    """
    begins = max(window.no_entries_from, window.starts_at - lead)
    return (
        window.state is WindowState.PLANNED
        and window.is_expected
        and begins <= now < window.starts_at - CLOSE_AHEAD
    )


def quantity_to_leave(
    rule: MaintenanceRule, tries: Sequence[ExitTry], *, held: Decimal
) -> Decimal | None:
    """Return how much the next order closes, before rounding; None where none is due.

    The first order's quantity is the decision how much is given up, so that a position is reduced
    once, whatever became of the orders. One that is closed is closed until nothing is left.

    Args:
        tries: the orders so far, the first one first.
        held: what the exchange shows, signed.
    """
    if held == 0 or len(tries) >= TRIES_MAX or not all(each.is_ended for each in tries):
        return None
    if rule.what is PositionsAtMaintenance.CLOSE:
        return abs(held)
    if rule.what is PositionsAtMaintenance.KEEP:
        return None
    if not tries:
        return abs(held) * rule.part
    left = tries[0].quantity - sum((each.filled for each in tries), Decimal(0))
    return min(left, abs(held)) if left > 0 else None
