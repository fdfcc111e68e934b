"""Incidents in words."""

from dataclasses import replace
from datetime import time, timedelta
from decimal import Decimal

from patriot_app.core.queries.incidents import (
    ContactView,
    Effect,
    IncidentRecord,
    IncidentView,
    PagedPerson,
    Step,
)
from patriot_app.web.console.incidents.rows import (
    contact_row,
    effect_text,
    incident_row,
    markdown,
    steps,
    woken_text,
)
from tests.web.console.read_models import ID, NOW

OPEN = IncidentView(
    id=ID,
    kind="halt",
    state="open",
    title="Kill switch raised",
    detail="K3 on desk: Prices make no sense",
    opened_at=NOW - timedelta(minutes=4, seconds=10),
    mitigated_at=None,
    closed_at=None,
    closed_by="",
    acknowledged_at=None,
    acknowledged_by="",
    round=1,
    level_paged=1,
    root_cause="",
    follow_ups="",
)
CLOSED = replace(
    OPEN,
    state="closed",
    mitigated_at=NOW,
    closed_at=NOW,
    closed_by="Cy",
    acknowledged_at=NOW,
    acknowledged_by="Ada",
    root_cause="A frozen feed",
)
PAGED = PagedPerson(1, 1, "Ada", NOW, None, "No mail server is set")
STEP = Step(ID, "HaltRaised", "critical", "Ada", "console", "desk", NOW, {"reason": "a | b"})
NOTHING = Effect(0, 0, 0, None)


def test_an_open_incident_offers_what_its_state_allows() -> None:
    row = incident_row(OPEN, now=NOW)
    assert (row.can_acknowledge, row.can_write, row.can_close) == (True, True, False)
    assert row.lasted == "4 min 10 s so far"
    assert row.taken == "Nobody yet"


def test_a_closed_incident_offers_nothing_and_says_who_closed_it() -> None:
    row = incident_row(CLOSED, now=NOW + timedelta(days=1))
    assert (row.can_acknowledge, row.can_write, row.can_close) == (False, False, False)
    assert row.lasted == "4 min 10 s"
    assert row.ended.endswith(", Cy")


def test_what_it_touched_is_counted_and_money_named() -> None:
    assert effect_text(NOTHING) == "No account is named in the record"
    text = effect_text(Effect(3, 2, 1, Decimal("-12.345")))
    assert text.startswith("3 accounts, 2 exits sent, 1 order cancelled, ")
    assert text.endswith("12.34 USDT realised after commission")


def test_a_message_that_did_not_leave_is_said() -> None:
    assert "Ada (level 1" in woken_text((PAGED,))
    assert "No mail server is set" in woken_text((PAGED,))
    assert woken_text(()) == "Nobody was woken"


def test_hours_are_day_and_night_or_a_span() -> None:
    contact = ContactView(ID, "Ada", "email", "ada@firm.example", 1, time(0), time(0))
    assert contact_row(contact).hours == "Day and night"
    assert contact_row(replace(contact, hours_from=time(20))).hours == "20:00 to 00:00 UTC"


def test_the_file_holds_cause_people_and_timeline() -> None:
    text = markdown(IncidentRecord(CLOSED, NOTHING, (PAGED,), (STEP,)), now=NOW)
    assert text.startswith("# Kill switch raised\n")
    assert "## Root cause\n\nA frozen feed\n" in text
    assert "| Halt raised | Ada | reason a / b |" in text


def test_the_newest_step_is_shown_first() -> None:
    later = replace(STEP, type="HaltLifted", recorded_at=NOW + timedelta(seconds=1))
    assert [one.title for one in steps((STEP, later), now=NOW)] == ["Halt lifted", "Halt raised"]
