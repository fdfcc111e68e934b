from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.periods import Period, day_of, fee_periods, month_of, zone_of
from patriot_app.core.errors import Invalid

KYIV = zone_of("Europe/Kyiv")
zones = st.sampled_from(["UTC", "Europe/Kyiv", "America/New_York", "Asia/Tokyo"]).map(zone_of)
moments = st.integers(0, 15 * 365 * 24 * 60).map(
    lambda minutes: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)


def test_a_month_is_counted_by_the_clocks_of_its_zone() -> None:
    month = month_of(datetime(2026, 3, 31, 21, 30, tzinfo=UTC), zone=KYIV)
    assert month == Period(
        datetime(2026, 3, 31, 21, 0, tzinfo=UTC), datetime(2026, 4, 30, 21, 0, tzinfo=UTC)
    )


def test_a_month_holds_its_start_and_not_its_end() -> None:
    month = month_of(datetime(2026, 12, 5, tzinfo=UTC), zone=zone_of("UTC"))
    assert month.start in month
    assert month.end not in month
    assert month.end == datetime(2027, 1, 1, tzinfo=UTC)


def test_a_day_begins_at_local_midnight() -> None:
    day = day_of(datetime(2026, 7, 1, 22, 0, tzinfo=UTC), zone=KYIV)
    assert day == datetime(2026, 7, 1, 21, 0, tzinfo=UTC)


def test_the_first_and_last_period_of_a_mandate_are_cut_short() -> None:
    found = list(
        fee_periods(
            starts_at=datetime(2026, 1, 10, tzinfo=UTC),
            ends_at=datetime(2026, 3, 5, tzinfo=UTC),
            until=datetime(2027, 1, 1, tzinfo=UTC),
            zone=zone_of("UTC"),
        )
    )
    assert [(each.start.day, each.end.month, each.end.day) for each in found] == [
        (10, 2, 1),
        (1, 3, 1),
        (1, 3, 5),
    ]


def test_an_unknown_zone_is_refused() -> None:
    with pytest.raises(Invalid):
        zone_of("Mars/Olympus")


@given(start=moments, days=st.integers(1, 800), zone=zones)
def test_periods_follow_each_other_without_gap_or_overlap(
    start: datetime, days: int, zone: ZoneInfo
) -> None:
    end = start + timedelta(days=days)
    found = list(fee_periods(starts_at=start, ends_at=end, until=end, zone=zone))
    assert found[0].start == start
    assert found[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(found))
