"""Accounts are spread evenly over addresses, within what each may have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.egress import EgressAddress, choose, parse_addresses, public_of
from patriot_app.core.errors import Invalid

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
