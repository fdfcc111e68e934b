"""Shares of a fee that partners get: of what has come in, never on top of what the client pays."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from patriot_app.core.domain.money import ZERO, exact_sum, round_fee_down


@dataclass(frozen=True, slots=True)
class Share:
    """A part of a mandate's fees of some months.

    Attributes:
        rate: fraction of the fee that was received, 0 < rate <= 1.
        first_month, last_month: first days of months, both included; None: no end.
    """

    rate: Decimal
    first_month: date
    last_month: date | None = None

    def covers(self, month: date) -> bool:
        """Tell whether the fee of a month is shared."""
        return self.first_month <= month and (self.last_month is None or month <= self.last_month)


def month_of_fee(ends_at: datetime, *, zone: str) -> date:
    """Return the first day of the month that a period is, by its mandate's calendar."""
    return (ends_at - timedelta(seconds=1)).astimezone(ZoneInfo(zone)).date().replace(day=1)


def largest_sum(shares: Iterable[Share]) -> Decimal:
    """Return the most that shares of one mandate come to together in any month."""
    known = list(shares)
    return max(
        (
            exact_sum(one.rate for one in known if one.covers(month))
            for month in {one.first_month for one in known}
        ),
        default=ZERO,
    )


def received(*, amount: Decimal, paid: Decimal, credited: Decimal) -> Decimal:
    """Return what came in for an invoice and stays; what is owed back does not count."""
    return max(ZERO, min(paid, amount - credited))


def due(kept: Decimal, *, rate: Decimal) -> Decimal:
    """Return a partner's part of what was received, rounded down to the cent."""
    return round_fee_down(kept * rate)
