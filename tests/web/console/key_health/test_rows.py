"""The health of a key in words."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from patriot_app.core.domain.credentials import CheckOutcome
from patriot_app.core.domain.key_facts import KeyIssue
from patriot_app.core.queries.key_health import (
    Asked,
    CheckView,
    KeyHealth,
    KeyHistory,
    LockdownView,
    NoteView,
)
from patriot_app.web.console.key_health.rows import (
    ISSUES,
    OUTCOMES,
    check_rows,
    health_row,
    investigation,
    progress_text,
    result_text,
)
from tests.web.console.read_models import ID, NOW

KEY = KeyHealth(
    id=ID,
    label="Main",
    client="Ada",
    exchange="binance",
    mode="live",
    key_id=ID,
    key_status="verified",
    masked_key="abcd…wxyz",
    connected_at=NOW - timedelta(days=40),
    checked_at=NOW,
    expires_at=NOW + timedelta(days=5),
    permissions={"can_read": True, "can_trade": True, "can_move_money": False},
    findings=[
        {"issue": "expires_soon", "says": "Ends soon.", "do_next": "Renew it.", "effect": "warn"}
    ],
    last_error="",
    next_try_at=None,
    lockdown_id=None,
    lockdown_rule="",
)


def test_every_finding_and_every_outcome_has_its_words() -> None:
    assert set(ISSUES) == {issue.value for issue in KeyIssue}
    assert set(OUTCOMES) == {outcome.value for outcome in CheckOutcome}


def test_a_key_shows_age_end_and_what_is_to_be_done() -> None:
    row = health_row(KEY, now=NOW)
    assert (row.age, row.expires, row.issues) == ("40 days", "Expires in 5 days", "Expires soon")
    assert row.advice == ["Ends soon. Renew it."]
    assert row.locked == ""


def test_an_account_without_a_key_shows_nothing_that_it_has_not() -> None:
    bare = replace(
        KEY,
        key_id=None,
        key_status="none",
        masked_key="",
        connected_at=None,
        checked_at=None,
        expires_at=None,
        permissions=None,
        findings=None,
    )
    row = health_row(bare, now=NOW)
    assert (row.state, row.expires, row.issues, row.rights) == ("none", "", "", [])


def test_a_key_that_waits_says_when_it_is_tried_again() -> None:
    waiting = replace(
        KEY, key_status="waiting", last_error="HTTP 503", next_try_at=NOW + timedelta(minutes=1)
    )
    assert health_row(waiting, now=NOW).error == "HTTP 503 Tried again at 12:01:00 UTC."


def test_a_locked_down_account_says_what_is_to_be_found_out() -> None:
    row = health_row(replace(KEY, lockdown_id=ID, lockdown_rule="money_left"), now=NOW)
    assert row.rule == "Money left the account"
    assert "withdrew" in row.ask_about


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (None, "Being checked"),
        (Asked("claimed", {}, ""), "Being checked"),
        (Asked("succeeded", {"admitted": True}, ""), "In order"),
        (Asked("succeeded", {"admitted": True, "warnings": ["a"]}, ""), "In order, 1 warning"),
        (Asked("succeeded", {"waiting": True}, ""), "The exchange did not answer"),
        (Asked("succeeded", {"refusals": ["Too strong."]}, ""), "Too strong."),
        (Asked("failed", {}, "It does not open"), "It does not open"),
        (Asked("expired", {}, ""), "The check expired"),
    ],
)
def test_each_check_that_was_asked_for_has_its_result(asked: Asked | None, said: str) -> None:
    assert result_text(asked) == said


def test_the_progress_counts_what_is_done_and_what_went_well() -> None:
    assert progress_text({}) == ""
    results = {"a": "In order", "b": "Being checked", "c": "It has no key"}
    assert progress_text(results) == "2 of 3 checked, 1 in order, 1 not"


def test_the_investigation_is_told_newest_first() -> None:
    history = KeyHistory(
        checks=(CheckView("locked", [{"issue": "moves_money"}], NOW, NOW, 3),),
        lockdowns=(
            LockdownView(
                UUID(int=9),
                "rights_grew",
                "New rights.",
                "restored",
                NOW,
                NOW + timedelta(hours=2),
                "Op",
                "He did it himself",
            ),
        ),
        notes=(NoteView(NOW + timedelta(hours=1), "Op", "Called him"),),
    )
    told = [entry.title for entry in investigation(history, now=NOW)]
    assert told == [
        "Restored by Op",
        "Note by Op",
        "Locked down: The key may do more than it may",
    ]
    (check,) = check_rows(history, now=NOW)
    assert (check.found, check.times) == ("Can move money", "3 times")
