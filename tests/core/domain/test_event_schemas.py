"""What was recorded can be read back, and nothing else passes for it."""

import inspect
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from importlib import import_module
from pkgutil import iter_modules
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ops.event_catalogue import PAGE, rendered
from patriot_app.core.domain import events
from patriot_app.core.domain.events import Event, schemas

ACCOUNT = UUID(int=7)
TIMES = st.datetimes(timezones=st.just(UTC))
NUMBERS = st.decimals(allow_nan=False, allow_infinity=False, places=8)
st.register_type_strategy(datetime, TIMES)
st.register_type_strategy(Decimal, NUMBERS)


def kinds_in_the_code() -> Iterator[str]:
    for found in iter_modules(events.__path__, f"{events.__name__}."):
        for name, kind in inspect.getmembers(import_module(found.name), inspect.isclass):
            if (
                issubclass(kind, Event)
                and kind.__module__ == found.name
                and found.name[-5:] != ".base"
            ):
                yield name


def test_every_kind_of_event_is_known_by_its_name() -> None:
    assert sorted(schemas.KINDS) == sorted(kinds_in_the_code())


@pytest.mark.parametrize("kind", sorted(schemas.KINDS))
@settings(max_examples=5)
@given(data=st.data())
def test_an_event_is_read_back_as_it_was_recorded(kind: str, data: st.DataObject) -> None:
    event = data.draw(st.builds(schemas.KINDS[kind]))
    stored = json.loads(json.dumps(event.to_payload()))
    assert schemas.read(kind, event.schema_version, stored, subject=event.subject) == event


@pytest.mark.parametrize(
    ("kind", "version", "payload", "problem"),
    [
        ("SomethingElse", 1, {}, "SomethingElse is no kind of event"),
        ("AccountParked", 9, {}, "AccountParked has no version 9"),
        ("AccountParked", 0, {}, "AccountParked has no version 0"),
        ("AccountParked", 1, {"account_id": str(ACCOUNT)}, "AccountParked 1 lacks reason"),
        (
            "AccountParked",
            1,
            {"account_id": str(ACCOUNT), "reason": "drift", "colour": "red"},
            "AccountParked 1 does not know colour",
        ),
        (
            "AccountParked",
            1,
            {"account_id": "7", "reason": "drift"},
            "AccountParked 1, account_id is not id",
        ),
        (
            "AccountParked",
            1,
            {"account_id": str(ACCOUNT), "reason": 3},
            "AccountParked 1, reason is not text",
        ),
        (
            "LedgerDidNotTie",
            1,
            {"account_id": str(ACCOUNT), "difference": "a lot"},
            "LedgerDidNotTie 1, difference is not number",
        ),
        (
            "InstrumentsRefreshed",
            1,
            {"exchange": "bybit", "count": True},
            "count is not whole number",
        ),
    ],
)
def test_what_does_not_fit_its_kind_is_named(
    kind: str, version: int, payload: dict[str, object], problem: str
) -> None:
    with pytest.raises(schemas.Unreadable, match=problem):
        schemas.read(kind, version, payload)


def test_a_former_version_is_read_through_its_upcast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events.AccountParked, "schema_version", 2)
    monkeypatch.setitem(
        schemas.UPCASTS,
        ("AccountParked", 1),
        lambda old: {"account_id": old["account_id"], "reason": old["why"]},
    )
    read = schemas.read("AccountParked", 1, {"account_id": str(ACCOUNT), "why": "drift"})
    assert read == events.AccountParked(account_id=ACCOUNT, reason="drift")


def test_every_former_version_has_an_upcast() -> None:
    needed = {
        (name, number)
        for name, kind in schemas.KINDS.items()
        for number in range(1, kind.schema_version)
    }
    assert needed == set(schemas.UPCASTS)


def test_the_catalogue_is_what_the_code_records() -> None:
    assert PAGE.read_text() == rendered(), (
        "Run `python -m ops.event_catalogue`. Fields that changed in a kind that desks have already"
        " recorded need a new `schema_version` and an upcast in schemas.UPCASTS."
    )


@pytest.mark.parametrize(
    ("payload", "changed"),
    [
        ({"previous": "active", "status": "suspended"}, [("status", "active", "suspended")]),
        ({"previous": None, "value": "3", "reason": "x"}, [("value", None, "3")]),
        ({"stop_before": "90", "stop": "95", "target": None}, [("stop", "90", "95")]),
        ({"before": "90", "trigger_price": "95"}, [("trigger_price", "90", "95")]),
        ({"reason": "drift"}, []),
    ],
)
def test_what_a_fact_changed_is_told_with_its_former_value(
    payload: dict[str, object], changed: list[tuple[str, object, object]]
) -> None:
    assert schemas.changes(payload) == changed
