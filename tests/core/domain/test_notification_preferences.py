from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_preferences import (
    KINDS,
    Digest,
    HeldFor,
    NoticeKind,
    Preferences,
    check,
    hide_amounts,
    next_digest,
    quiet_until,
    time_of_day,
    when_due,
)
from patriot_app.core.errors import Invalid

NIGHT = Preferences(zone="Europe/Kyiv", quiet_from=time(22), quiet_until=time(7))
MOMENTS = st.integers(0, 2 * 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def due(
    preferences: Preferences,
    now: datetime,
    *,
    severity: Severity = Severity.NOTICE,
    kind: NoticeKind = NoticeKind.TRADES,
) -> tuple[datetime, HeldFor]:
    return when_due(preferences, kind=kind, severity=severity, now=now)


def test_the_night_of_the_person_counts_and_not_that_of_the_desk() -> None:
    late_in_kyiv = datetime(2026, 11, 23, 20, 30, tzinfo=UTC)
    assert due(NIGHT, late_in_kyiv) == (datetime(2026, 11, 24, 5, tzinfo=UTC), HeldFor.QUIET)
    assert due(NIGHT, late_in_kyiv - timedelta(hours=1))[1] is HeldFor.NOTHING


def test_after_midnight_the_night_ends_the_same_morning() -> None:
    assert quiet_until(NIGHT, now=datetime(2026, 11, 24, 1, tzinfo=UTC)) == datetime(
        2026, 11, 24, 5, tzinfo=UTC
    )


@pytest.mark.parametrize("preferences", [NIGHT, Preferences(digest=Digest.WEEKLY)])
def test_nothing_holds_back_what_is_critical_or_about_ones_sign_in(
    preferences: Preferences,
) -> None:
    night = datetime(2026, 11, 23, 23, tzinfo=UTC)
    assert due(preferences, night, severity=Severity.CRITICAL) == (night, HeldFor.NOTHING)
    assert due(preferences, night, kind=NoticeKind.SECURITY) == (night, HeldFor.NOTHING)


def test_a_digest_takes_what_is_not_urgent_and_leaves_warnings_alone() -> None:
    daily = Preferences(digest=Digest.DAILY, digest_at=time(8))
    now = datetime(2026, 11, 23, 8, tzinfo=UTC)
    assert due(daily, now) == (datetime(2026, 11, 24, 8, tzinfo=UTC), HeldFor.DIGEST)
    assert due(daily, now, severity=Severity.WARNING) == (now, HeldFor.NOTHING)


@given(now=MOMENTS, at=TIMES, weekday=st.integers(0, 6))
def test_a_weekly_digest_comes_on_its_day_within_a_week(
    now: datetime, at: time, weekday: int
) -> None:
    weekly = Preferences(
        zone="Europe/Kyiv", digest=Digest.WEEKLY, digest_at=at, digest_weekday=weekday
    )
    found = next_digest(weekly, now=now)
    assert timedelta(0) < found - now <= timedelta(days=7, hours=1)
    assert found.astimezone(ZoneInfo("Europe/Kyiv")).weekday() == weekday


@given(now=MOMENTS, begins=TIMES, ends=TIMES)
def test_quiet_hours_end_within_a_day_and_are_over_when_they_end(
    now: datetime, begins: time, ends: time
) -> None:
    preferences = Preferences(quiet_from=begins, quiet_until=ends)
    found = quiet_until(preferences, now=now)
    if begins == ends:
        return
    if found is not None:
        assert timedelta(0) < found - now <= timedelta(days=1)
        assert quiet_until(preferences, now=found) is None


def test_settings_that_make_no_sense_are_refused_by_field() -> None:
    wrong = Preferences(zone="Mars/Olympus", quiet_from=time(22), digest_weekday=7)
    with pytest.raises(Invalid) as refused:
        check(wrong)
    assert set(refused.value.fields) == {"zone", "quiet_until", "digest_weekday"}
    assert check(NIGHT) == NIGHT


@pytest.mark.parametrize("text", ["24:00", "7", "seven", "07:60"])
def test_a_time_of_day_is_hours_and_minutes(text: str) -> None:
    with pytest.raises(ValueError, match="22:30"):
        time_of_day(text)
    assert time_of_day(" 7:05 ") == time(7, 5)
    assert time_of_day("") is None


def test_hidden_amounts_leave_the_rest_of_the_sentence() -> None:
    assert (
        hide_amounts("Needs 1,507.50 USDT, 3 accounts, down -2.5 %.")
        == "Needs ••• USDT, 3 accounts, down ••• %."
    )


def test_every_class_has_a_name() -> None:
    assert set(KINDS) == set(NoticeKind)
