import json
from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain import events
from patriot_app.core.domain.events import SEVERITIES, Event, Severity

ACCOUNT = UUID(int=7)


def test_payloads_are_text_for_money_and_times() -> None:
    event = events.MandateSigned(
        client_id=ACCOUNT,
        name="main",
        rate=Decimal("0.30"),
        measure="prudent",
        starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    )
    payload = json.loads(json.dumps(event.to_payload()))
    assert payload["rate"] == "0.30"
    assert payload["starts_at"] == "2026-01-01T00:00:00+00:00"
    assert payload["client_id"] == str(ACCOUNT)


def test_an_event_belongs_to_the_stream_of_what_it_is_about() -> None:
    parked = events.AccountParked(account_id=ACCOUNT, reason="drift")
    assert parked.stream == f"account:{ACCOUNT}"
    assert parked.subject_id == ACCOUNT
    assert parked.severity is Severity.CRITICAL
    other = events.AccountParked(account_id=ACCOUNT, reason="drift", subject=UUID(int=8))
    assert other.subject_id == UUID(int=8)


def test_every_severity_names_an_event_that_exists() -> None:
    known = {
        name
        for name, value in vars(events).items()
        if isinstance(value, type) and issubclass(value, Event)
    }
    assert set(SEVERITIES) <= known
