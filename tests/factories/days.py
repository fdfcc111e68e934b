"""Builders of days of performance."""

from collections.abc import Sequence
from datetime import date, timedelta
from decimal import Decimal

from patriot_app.core.domain.daily_returns import DayResult, day_result

FIRST = date(2026, 1, 1)


def make_days(
    equities: Sequence[str | int], *, flows: Sequence[str | int] = (), first: date = FIRST
) -> tuple[DayResult, ...]:
    """Return the days after the opening reading, which is the first of the equities.

    Args:
        flows: of each day after the opening; missing ones are nought.
    """
    before, paid, days = (Decimal(equities[0]), Decimal(0)), Decimal(0), []
    for number, equity in enumerate(equities[1:]):
        paid += Decimal(flows[number]) if number < len(flows) else 0
        days.append(
            day_result(
                day=first + timedelta(days=number),
                equity=Decimal(equity),
                net_flows=paid,
                before=before,
            )
        )
        before = (Decimal(equity), paid)
    return tuple(days)
