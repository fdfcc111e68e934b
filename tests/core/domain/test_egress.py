"""Accounts are spread evenly over addresses, within what each may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.egress import (
    EgressAddress,
    choose,
    move_to,
    parse_addresses,
    public_of,
    rooms,
)
from patriot_app.core.errors import Invalid, Refused

ADDRESSES = parse_addresses("10.0.0.2=203.0.113.2, 10.0.0.3, 2001:db8::4")


def test_an_address_behind_a_gateway_names_what_exchanges_see() -> None:
    assert ADDRESSES[0] == EgressAddress("10.0.0.2", "203.0.113.2")
    assert public_of(ADDRESSES, "10.0.0.2") == "203.0.113.2"
    assert public_of(ADDRESSES, "10.0.0.3") == "10.0.0.3"
    assert parse_addresses(" ") == ()


@pytest.mark.parametrize("text", ["here", "10.0.0.2=there", "10.0.0.2, 10.0.0.2=203.0.113.9"])
def test_what_is_no_address_or_stands_twice_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse_addresses(text)


@given(
    before=st.dictionaries(st.sampled_from([a.local for a in ADDRESSES]), st.integers(0, 9)),
    new=st.integers(0, 40),
    most=st.integers(1, 9),
)
def test_accounts_are_spread_evenly_and_never_beyond_the_limit(
    before: dict[str, int], new: int, most: int
) -> None:
    held = dict(before)
    for _ in range(new):
        least = min(held.get(each.local, 0) for each in ADDRESSES)
        chosen = choose(ADDRESSES, held, most=most)
        assert chosen == choose(tuple(reversed(ADDRESSES)), held, most=most)
        if chosen is None:
            assert least >= most
            break
        assert held.get(chosen.local, 0) == least
        held[chosen.local] = least + 1
    assert all(count <= max(most, before.get(local, 0)) for local, count in held.items())


def test_the_address_with_most_room_is_named_first() -> None:
    found = rooms(ADDRESSES, {"10.0.0.2": 4, "10.0.0.3": 1, "2001:db8::4": 7}, most=5)
    assert [(each.address.local, each.left) for each in found] == [
        ("10.0.0.3", 4),
        ("10.0.0.2", 1),
        ("2001:db8::4", 0),
    ]


def test_an_account_is_moved_to_where_there_is_room_and_its_key_is_let_in() -> None:
    found = rooms(ADDRESSES, {"10.0.0.2": 4, "2001:db8::4": 5}, most=5)
    for bound_to in ([], ["203.0.113.2", "198.51.100.7"]):
        assert move_to(found, "10.0.0.2", now_at="", bound_to=bound_to) is ADDRESSES[0]


@pytest.mark.parametrize(
    ("local", "bound_to", "rule"),
    [
        ("10.0.0.3", [], "already"),
        ("2001:db8::4", [], "5 accounts .* limits of weight and connections"),
        ("10.0.0.2", ["10.0.0.3"], "bound to 10.0.0.3; let its owner add 203.0.113.2"),
    ],
)
def test_a_move_is_refused_by_the_rule_that_stands_against_it(
    local: str, bound_to: list[str], rule: str
) -> None:
    found = rooms(ADDRESSES, {"10.0.0.3": 1, "2001:db8::4": 5}, most=5)
    with pytest.raises(Refused, match=rule):
        move_to(found, local, now_at="10.0.0.3", bound_to=bound_to)


def test_an_account_is_moved_to_no_address_that_is_not_ours() -> None:
    with pytest.raises(Invalid):
        move_to(rooms(ADDRESSES, {}, most=5), "10.0.0.9", now_at="", bound_to=[])
