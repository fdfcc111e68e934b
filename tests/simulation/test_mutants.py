"""The worlds catch deliberate bugs; `make simulate` tries every one of them."""

import pytest

from daemon.execution import reading
from daemon.jobs import guard_positions
from patriot_app.core import ids
from tests.simulation.laboratory import Laboratory
from tests.simulation.mutants.edits import Edit, Mutant, does_nothing, mutated
from tests.simulation.mutants.hunt import MUTANTS, hunt


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_still_finds_what_it_changes(name: str) -> None:
    with mutated(MUTANTS[name]):
        pass


def test_a_function_is_changed_wherever_it_was_imported_by_name() -> None:
    everybody_is = Edit(
        ids, "is_ours", "    environment, body", "    return True\n    environment, body"
    )
    before = reading.is_ours
    with mutated(Mutant("all ids are ours", (everybody_is,), frozenset())):
        assert reading.is_ours is ids.is_ours is not before
    assert reading.is_ours is ids.is_ours is before


def test_what_the_timetable_holds_cannot_be_changed_unseen() -> None:
    blunt = does_nothing(guard_positions, "run", "await protector")
    with (
        pytest.raises(AssertionError, match="timetable"),
        mutated(Mutant("no guard", (blunt,), frozenset())),
    ):
        pass


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 20


def test_an_order_that_leaves_unrecorded_is_caught(laboratory: Laboratory) -> None:
    verdict = hunt(laboratory, "no_record_ahead", cap=5)
    assert verdict.seed is not None
    assert verdict.violation.startswith("T3")
