"""Days of an account, a client, a strategy or the desk, and the returns they make.

A day is a calendar day in UTC, market time; markets are open on each of them. Money stays decimal;
only the statistics over the returns are floats.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.performance import chain_returns

_ZERO = Decimal(0)
DAYS_PER_YEAR = 365
"""These markets never close, so a year has 365 trading days and not 252."""


@dataclass(frozen=True, slots=True)
class DayResult:
    """One day.

    Attributes:
        equity: USDT at the day's last reading.
        flow: USDT deposited minus withdrawn on the day.
        profit: USDT; the change of equity without the flow.
        capital: USDT that made the profit: the equity before plus what was deposited. Deposits
            count from the day's beginning and withdrawals to its end, the usual rule for daily
            valuation (GIPS 2020, 2.A.20 with its guidance on daily-weighted flows), so that the
            first deposit has a base and no day divides by a fortune that has left.
    """

    day: date
    equity: Decimal
    flow: Decimal
    profit: Decimal
    capital: Decimal

    @property
    def daily_return(self) -> Decimal | None:
        """The day's return as a fraction; None without capital."""
        return self.profit / self.capital if self.capital > 0 else None


class Period(StrEnum):
    """How far back a report reaches, in whole days of market time."""

    DAY = "1d"
    WEEK = "7d"
    MONTH = "30d"
    QUARTER = "90d"
    YEAR = "1y"
    ALL = "all"
    THIS_MONTH = "this_month"
    LAST_MONTH = "last_month"


_LENGTHS = {
    Period.DAY: 1,
    Period.WEEK: 7,
    Period.MONTH: 30,
    Period.QUARTER: 90,
    Period.YEAR: 365,
    Period.ALL: 3650,
}


def days_of(period: Period, *, today: date) -> tuple[date, date]:
    """Return the first day of a period and the day after its last."""
    first_of_month = today.replace(day=1)
    if period is Period.THIS_MONTH:
        return first_of_month, today + timedelta(days=1)
    if period is Period.LAST_MONTH:
        return (first_of_month - timedelta(days=1)).replace(day=1), first_of_month
    return today - timedelta(days=_LENGTHS[period] - 1), today + timedelta(days=1)


def day_result(
    *,
    day: date,
    equity: Decimal,
    net_flows: Decimal,
    before: tuple[Decimal, Decimal] | None,
    opening: tuple[Decimal, Decimal] | None = None,
) -> DayResult:
    """Return a day from the readings at its end and before it.

    Args:
        net_flows: USDT deposited minus withdrawn since the account was first seen.
        before: equity and net_flows of the reading before; None on the first day.
        opening: of a first day, by its ledger: the wallet at its beginning, and what was deposited
            minus withdrawn on it. What was there comes in as a flow, so that the day has a profit;
            None: no ledger was read, all of the equity is the flow.
    """
    if before is None and opening is not None:
        wallet, moved = opening
        flow = wallet + moved
        return DayResult(day, equity, flow, equity - flow, wallet + max(moved, _ZERO))
    if before is None:
        return DayResult(day, equity, equity, _ZERO, _ZERO)
    flow = net_flows - before[1]
    profit = equity - before[0] - flow
    return DayResult(day, equity, flow, profit, before[0] + max(flow, _ZERO))


def merge(results: Iterable[DayResult]) -> tuple[DayResult, ...]:
    """Add up the days of several accounts; days come out in their order."""
    by_day: dict[date, list[DayResult]] = defaultdict(list)
    for result in results:
        by_day[result.day].append(result)
    return tuple(
        DayResult(
            day,
            sum((one.equity for one in same), _ZERO),
            sum((one.flow for one in same), _ZERO),
            sum((one.profit for one in same), _ZERO),
            sum((one.capital for one in same), _ZERO),
        )
        for day, same in sorted(by_day.items())
    )


def returns_of(results: Sequence[DayResult]) -> tuple[tuple[date, Decimal], ...]:
    """Return the daily returns of the days that had capital."""
    return tuple(
        (result.day, gained) for result in results if (gained := result.daily_return) is not None
    )


def time_weighted(results: Sequence[DayResult]) -> Decimal | None:
    """Chain the daily returns (GIPS 2020, time-weighted); None where no day had capital."""
    returns = [gained for _, gained in returns_of(results)]
    return chain_returns(returns) if returns else None


def growth(results: Sequence[DayResult]) -> tuple[tuple[date, Decimal], ...]:
    """Return the time-weighted return so far at the end of each day with capital."""
    level = Decimal(1)
    course = []
    for day, gained in returns_of(results):
        level *= 1 + gained
        course.append((day, level - 1))
    return tuple(course)


@dataclass(frozen=True, slots=True)
class MonthResult:
    """One calendar month: profit in USDT and the chained return, None without capital."""

    month: date
    profit: Decimal
    gained: Decimal | None


def by_month(results: Sequence[DayResult]) -> tuple[MonthResult, ...]:
    """Return the calendar months that the days lie in, in their order."""
    months: dict[date, list[DayResult]] = defaultdict(list)
    for result in results:
        months[result.day.replace(day=1)].append(result)
    return tuple(
        MonthResult(month, sum((one.profit for one in days), _ZERO), time_weighted(days))
        for month, days in sorted(months.items())
    )
