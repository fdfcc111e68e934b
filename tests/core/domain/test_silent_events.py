"""Whoever adds a kind of event decides who hears of it."""

from collections import Counter

from patriot_app.core.domain import silent_events
from patriot_app.core.domain.events.schemas import KINDS
from patriot_app.core.domain.notifications import routed
from patriot_app.core.domain.silent_events import SILENT


def test_every_kind_of_event_is_told_to_somebody_or_silent_for_a_reason() -> None:
    undecided = set(KINDS) - routed() - set(SILENT)
    assert not undecided, "give each a rule, or a reason in silent_events.py"


def test_no_kind_is_both_told_and_silent_and_none_is_unknown() -> None:
    assert not routed() & set(SILENT)
    assert not (routed() | set(SILENT)) - set(KINDS)


def test_a_silent_kind_stands_under_one_reason() -> None:
    counted = Counter(event for events in silent_events._BY_REASON.values() for event in events)
    assert [event for event, times in counted.items() if times > 1] == []
    assert all(SILENT.values())
