"""A fan-out's wait is foreseen, and addresses are given out evenly and always the same way."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.rate_budgets import Egress, assign, fan_out_s

ADDRESSES = [f"10.0.0.{number}" for number in range(1, 6)]


def make_egress(**changes: float) -> Egress:
    values: dict[str, float] = {
        "accounts": 100,
        "order_weight": 1.0,
        "room": 360.0,
        "window_s": 5.0,
        "used": 0.0,
        "silent_s": 0.0,
    }
    return Egress(**(values | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [
        ({}, 0.0),
        ({"silent_s": 12.0}, 12.0),
        ({"accounts": 1_000}, 10.0),
        ({"accounts": 1_000, "silent_s": 3.0}, 13.0),
        ({"used": 300.0}, 5.0),
        ({"used": 9_999.0}, 5.0),
        ({"order_weight": 0.0, "accounts": 10_000, "used": 9_999.0}, 0.0),
    ],
)
def test_the_last_entry_leaves_when_everything_fits(
    changes: dict[str, float], seconds: float
) -> None:
    assert fan_out_s(make_egress(**changes)) == seconds


@given(
    waiting=st.lists(st.uuids().map(str), unique=True, max_size=60),
    held=st.dictionaries(st.sampled_from(ADDRESSES), st.integers(0, 30)),
    shuffled=st.permutations(ADDRESSES),
)
def test_addresses_are_given_evenly_within_their_limit(
    waiting: list[str], held: dict[str, int], shuffled: list[str]
) -> None:
    given_out = assign(waiting, ADDRESSES, held, most=30)
    assert assign(list(reversed(waiting)), shuffled, held, most=30) == given_out
    new = Counter(given_out.values())
    totals = {address: held.get(address, 0) + new[address] for address in ADDRESSES}
    assert all(total <= 30 for total in totals.values())
    assert len(given_out) == min(len(waiting), sum(30 - held.get(a, 0) for a in ADDRESSES))
    # Whoever got one more than another had no more than it before.
    for address in new:
        assert totals[address] <= min(totals.values()) + 1


def test_without_addresses_nobody_gets_one() -> None:
    assert assign(["a"], [], {}, most=10) == {}
