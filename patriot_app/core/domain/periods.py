"""Half-open periods [start, end) and the calendar months of a billing time zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from patriot_app.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of market time that holds its start and not its end; both aware, in UTC."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        assert self.start.tzinfo is not None
        assert self.end.tzinfo is not None
        assert self.start < self.end

    def __contains__(self, moment: datetime) -> bool:
        return self.start <= moment < self.end


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name.

    Raises:
        Invalid: there is no such zone.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise Invalid({"time_zone": f"There is no time zone {name}"}) from error


def month_of(moment: datetime, *, zone: ZoneInfo) -> Period:
    """Return the calendar month that holds a moment, as the zone's clocks count it."""
    local = moment.astimezone(zone)
    start = datetime(local.year, local.month, 1, tzinfo=zone)
    year, month = divmod(local.year * 12 + local.month, 12)
    end = datetime(year, month + 1, 1, tzinfo=zone)
    return Period(start.astimezone(UTC), end.astimezone(UTC))


def day_of(moment: datetime, *, zone: ZoneInfo) -> datetime:
    """Return the start of the zone's day that holds a moment, in UTC."""
    local = moment.astimezone(zone)
    return datetime(local.year, local.month, local.day, tzinfo=zone).astimezone(UTC)


def fee_periods(
    *, starts_at: datetime, ends_at: datetime | None, until: datetime, zone: ZoneInfo
) -> Iterator[Period]:
    """Yield a mandate's fee periods that begin before `until`, the first and last cut short."""
    moment = starts_at
    while moment < until and (ends_at is None or moment < ends_at):
        month = month_of(moment, zone=zone)
        end = month.end if ends_at is None else min(month.end, ends_at)
        yield Period(moment.astimezone(UTC), end.astimezone(UTC))
        moment = month.end
