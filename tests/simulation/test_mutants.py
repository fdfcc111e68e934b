"""The worlds catch deliberate bugs; `make simulate` tries every one of them."""

import pytest

from tests.simulation.laboratory import Laboratory
from tests.simulation.mutants.edits import mutated
from tests.simulation.mutants.hunt import MUTANTS, hunt


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_mutant_still_finds_what_it_changes(name: str) -> None:
    with mutated(MUTANTS[name]):
        pass


def test_there_are_enough_mutants() -> None:
    assert len(MUTANTS) >= 20


def test_an_order_that_leaves_unrecorded_is_caught(laboratory: Laboratory) -> None:
    verdict = hunt(laboratory, "no_record_ahead", cap=5)
    assert verdict.seed is not None
    assert verdict.violation.startswith("T3")
