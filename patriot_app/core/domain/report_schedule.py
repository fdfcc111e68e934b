"""Performance reports on a schedule: whose, how often, and which stretch of days is due."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum


class Cadence(StrEnum):
    WEEKLY = "weekly"
    MONTHLY = "monthly"


class ReportFormat(StrEnum):
    PDF = "pdf"
    CSV = "csv"


class ReportSubject(StrEnum):
    """Whose performance; a strategy's is the desk's to read."""

    CLIENT = "client"
    ACCOUNT = "account"
    STRATEGY = "strategy"


@dataclass(frozen=True, slots=True)
class ReportPeriod:
    """Whole days of market time, from `first` to the day before `until`."""

    first: date
    until: date


def last_finished(today: date, *, cadence: Cadence) -> ReportPeriod:
    """Return the newest week (from Monday) or calendar month that is over."""
    if cadence is Cadence.WEEKLY:
        monday = today - timedelta(days=today.weekday())
        return ReportPeriod(monday - timedelta(days=7), monday)
    month = today.replace(day=1)
    return ReportPeriod((month - timedelta(days=1)).replace(day=1), month)


def period_name(period: ReportPeriod) -> str:
    """Return how people call a period: a month by its name, a week by its days."""
    last = period.until - timedelta(days=1)
    if period.first.day == 1 and period.until.day == 1:
        return f"{period.first:%B %Y}"
    return f"{period.first:%Y-%m-%d} to {last:%Y-%m-%d}"
