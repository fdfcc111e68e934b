"""Worlds of the simulation: nothing is violated, and a seed is a world."""

from collections import Counter

import pytest

from tests.simulation.laboratory import Laboratory
from tests.simulation.profiles import (
    MAINTENANCE,
    SLICES_HALTED,
    SLICES_OF_THE_DEAD,
    Profile,
    chance_of,
)

SEEDS = range(6)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_world_violates_nothing(laboratory: Laboratory, seed: int) -> None:
    assert laboratory.run(seed).violations == ()


@pytest.mark.parametrize("profile", [SLICES_HALTED, SLICES_OF_THE_DEAD])
def test_worlds_that_send_entries_in_slices_violate_nothing(
    laboratory: Laboratory, profile: Profile
) -> None:
    results = [laboratory.run(seed, chance=chance_of(seed, profile)) for seed in range(6)]
    assert [result.violations for result in results] == [()] * len(results)
    assert sum(result.cases["T22"] for result in results)


def test_a_world_with_an_exchange_under_maintenance_violates_nothing(
    laboratory: Laboratory,
) -> None:
    result = laboratory.run(1, chance=chance_of(1, MAINTENANCE))
    assert result.violations == ()
    assert result.cases["T23"] == 1
    assert result.orders


@pytest.mark.parametrize("seed", [7])
def test_a_seed_replays_to_the_last_step(laboratory: Laboratory, seed: int) -> None:
    first, again = laboratory.run(seed), laboratory.run(seed)
    assert first.digest == again.digest
    assert first.faults == again.faults


def test_worlds_trade_protect_and_go_wrong(laboratory: Laboratory) -> None:
    faults: Counter[str] = Counter()
    orders = stops = fills = 0
    for seed in range(20, 28):
        result = laboratory.run(seed)
        faults += result.faults
        orders, stops, fills = (
            orders + result.orders,
            stops + result.stops,
            fills + result.fills,
        )
    assert orders > 10
    assert stops > 2
    assert fills > 10
    assert len(faults) > 10


@pytest.mark.parametrize("seed", [36])
def test_a_world_that_leaves_positions_by_a_plan_violates_nothing(
    laboratory: Laboratory, seed: int
) -> None:
    result = laboratory.run(seed, has_exits=True)
    assert result.violations == ()
    assert result.stops > 4
