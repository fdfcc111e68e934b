"""The lines of the Sign-ins page."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from patriot_app.core.queries.sign_ins import (
    RefusedAddress,
    SignInDay,
    SignInSummary,
    SignInTry,
)
from patriot_app.web.console.sign_ins.rows import (
    STRANGER,
    address_facts,
    day_facts,
    totals,
    try_row,
)

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_who_came_is_shown_with_his_device_and_who_was_refused_with_the_reason() -> None:
    came = SignInTry(UUID(int=1), NOW, True, "Cleo", "192.0.2.1", "curl/8", None)
    refused = SignInTry(UUID(int=2), NOW, False, None, "192.0.2.2", None, "not right")
    row = try_row(came, now=NOW)
    assert (row.who, row.outcome, row.detail) == ("Cleo", "in", "curl")
    row = try_row(refused, now=NOW)
    assert (row.who, row.outcome, row.detail) == (STRANGER, "refused", "Not right")


def test_failures_of_the_last_hour_stand_out() -> None:
    calm = totals(SignInSummary(3, 2, 1, 4, 5, 0, 6))
    assert (calm.sessions, calm.people, calm.failed_hour.tone) == ("3", "of 2 people", "neutral")
    assert totals(SignInSummary(3, 2, 1, 4, 5, 7, 8)).failed_hour.tone == "negative"


def test_days_and_addresses_are_told_in_words() -> None:
    assert day_facts([SignInDay(date(2026, 3, 2), 4, 1)]) == [
        ("Mon 02 Mar", "4 signed in, 1 refused")
    ]
    [(address, told)] = address_facts(
        [RefusedAddress("192.0.2.9", 12, NOW - timedelta(minutes=3))], now=NOW
    )
    assert address == "192.0.2.9"
    assert told.startswith("12 refused, last 3 min")
