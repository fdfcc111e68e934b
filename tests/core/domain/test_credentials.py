"""The life of a key: its arrows, its patience, its reminders."""

from datetime import UTC, datetime, timedelta

import pytest

from patriot_app.core.domain.credentials import (
    BEING_VERIFIED,
    IN_USE,
    LONGEST_PAUSE,
    TRANSITIONS,
    CredentialStatus,
    due_reminder,
    pause_before_try,
)
from patriot_app.core.domain.transitions import final_states

NOW = datetime(2026, 11, 2, tzinfo=UTC)
S = CredentialStatus


def test_what_is_over_stays_over() -> None:
    assert set(final_states(TRANSITIONS)) == {S.REJECTED, S.REPLACED, S.REVOKED}
    assert BEING_VERIFIED | IN_USE | set(final_states(TRANSITIONS)) == set(S)


def test_a_key_in_use_is_never_destroyed_by_a_check() -> None:
    for status in IN_USE:
        assert S.REJECTED not in TRANSITIONS[status]


def test_a_key_that_was_set_aside_may_come_back() -> None:
    assert S.VERIFIED in TRANSITIONS[S.QUARANTINED]


def test_a_new_key_that_waits_is_not_replaced_by_another_but_revoked() -> None:
    for status in BEING_VERIFIED:
        assert S.REPLACED not in TRANSITIONS[status]
        assert S.REVOKED in TRANSITIONS[status]


def test_an_exchange_that_is_down_is_asked_ever_more_rarely() -> None:
    pauses = [pause_before_try(tries) for tries in range(1, 30)]
    assert pauses[:4] == [timedelta(seconds=s) for s in (5, 10, 20, 40)]
    assert pauses == sorted(pauses)
    assert pauses[-1] == LONGEST_PAUSE


@pytest.mark.parametrize(
    ("left_days", "reminded", "due"),
    [
        (15, None, None),
        (14, None, 14),
        (13, 14, None),
        (7, 14, 7),
        (3, None, 7),
        (3, 7, None),
        (1, 7, 1),
        (0.5, 14, 1),
        (0.5, 1, None),
        (0, None, None),
        (-1, 7, None),
    ],
)
def test_each_reminder_is_given_once(
    left_days: float, reminded: int | None, due: int | None
) -> None:
    ends = NOW + timedelta(days=left_days)
    assert due_reminder(ends, reminded_days=reminded, now=NOW) == due
