"""Every named place has a round, and a daemon dies where it was told to."""

from pathlib import Path

import pytest

from tests.chaos import crash_points
from tests.chaos.points import POINTS
from tests.chaos.report import Outcome
from tests.chaos.rounds import ROUNDS, SHORT
from tests.chaos.sweep import (
    NOT_HERE,
    is_met_here,
    note,
    places,
    played,
    round_at,
    tellable_places,
)
from tests.simulation.requests import WRITES

ARMS_POINT = {"paused": "paused", "blocked": "blocked", "recovering": "crash_loop"}
"""Points whose round bears another name, or does more than to let one die."""


def test_every_named_point_has_a_round() -> None:
    assert {ARMS_POINT.get(name, name) for name in POINTS} <= set(ROUNDS)
    assert set(SHORT) <= set(ROUNDS)


def test_every_named_point_is_a_function_that_there_is() -> None:
    assert [name for name, one in POINTS.items() if not hasattr(one.owner, one.name)] == []


def test_every_transaction_and_write_has_a_round_before_and_after_it() -> None:
    named = places()
    assert {"fan_out._record.after", "lease.tick.before", "place_stop.after"} <= set(named)
    assert len(named) == 2 * len(crash_points.transactions() | WRITES)
    assert [round_at(place).what for place in named] == [f"killed at {place}" for place in named]


def test_a_transaction_is_named_by_the_innermost_function_that_opens_it(tmp_path: Path) -> None:
    (tmp_path / "resolver.py").write_text(
        "async def run(c):\n"
        "    async with begin(S, clock=c) as uow:\n        pass\n"
        "    async def each():\n        async with begin(S):\n            pass\n"
        "def of(found):\n    return found.begin()\n"
    )
    (tmp_path / "telegram").mkdir()
    (tmp_path / "telegram" / "bot.py").write_text("async def a():\n    begin()\n")
    assert crash_points.transactions(tmp_path) == {"resolver.run", "resolver.each"}


def test_what_no_round_brings_about_is_left_to_the_simulation_by_name() -> None:
    assert not is_met_here("clearance._flatten.after")
    assert is_met_here("submitter._mark.after")
    assert is_met_here("clearance.start_due.after")
    assert is_met_here("a_new_file.a_new_function.after")
    assert set(tellable_places()) < set(places())


def test_whatever_is_left_to_the_simulation_is_a_place_that_there_is() -> None:
    prefixes = [prefix for listed in NOT_HERE.values() for prefix in listed.split()]
    assert [one for one in prefixes if not any(p.startswith(one) for p in places())] == []


def test_a_process_dies_at_the_given_pass_of_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    died: list[int] = []
    monkeypatch.setattr(crash_points.os, "kill", lambda _, sign: died.append(sign))
    meet = crash_points.die_at("fan_out._record.after", call=2)
    for passed in ("fan_out._record.before", "fan_out._record.after", "lease.tick.after"):
        meet(passed)
    assert died == []
    meet("fan_out._record.after")
    assert len(died) == 1


def test_places_that_are_passed_are_written_down_once(tmp_path: Path) -> None:
    file = tmp_path / "passed.txt"
    meet = crash_points.note_in(file)
    for passed in ("place.before", "place.after", "place.before"):
        meet(passed)
    assert file.read_text().split() == ["place.before", "place.after"]


def test_a_later_run_goes_on_after_the_places_that_were_noted(tmp_path: Path) -> None:
    file = tmp_path / "done.txt"
    assert played(file) == played(None) == frozenset()
    note(file, Outcome("lease.tick.after", "killed"))
    note(file, Outcome("place.after", "killed", violations=["lost"]))
    assert played(file) == {"lease.tick.after", "place.after"}
    assert file.read_text() == "lease.tick.after ok\nplace.after failed\n"
