"""Where a request came from, and who may come from there."""

import pytest

from patriot_app.core.domain.network_addresses import (
    client_address,
    is_among,
    may_come_from,
    parse_networks,
)
from patriot_app.core.errors import Invalid


def test_a_header_is_not_believed_where_no_proxy_of_ours_stands() -> None:
    assert client_address("198.51.100.7", "10.0.0.1", trusted_hops=0) == "198.51.100.7"


def test_only_what_our_own_proxies_added_is_believed() -> None:
    forged = "10.0.0.1, 203.0.113.5"
    assert client_address("127.0.0.1", forged, trusted_hops=1) == "203.0.113.5"
    assert client_address("127.0.0.1", f"{forged}, 127.0.0.9", trusted_hops=2) == "203.0.113.5"


def test_a_header_that_is_too_short_for_our_proxies_counts_for_nothing() -> None:
    assert client_address("192.0.2.1", "10.0.0.1", trusted_hops=2) == "192.0.2.1"


def test_an_empty_list_lets_everybody_in_and_an_unreadable_address_is_on_no_list() -> None:
    office = parse_networks("192.0.2.0/24, 2001:db8::/32", field="list")
    assert may_come_from("anything", ())
    assert may_come_from("192.0.2.77", office)
    assert may_come_from("2001:db8::5", office)
    assert not may_come_from("198.51.100.1", office)
    assert not may_come_from("", office)


def test_an_old_address_in_new_clothes_is_recognised() -> None:
    assert is_among("::ffff:192.0.2.9", parse_networks("192.0.2.9", field="list"))


@pytest.mark.parametrize("text", ["office", "192.0.2.300", "192.0.2.5/24", "1.1.1.1 " * 51])
def test_what_is_no_list_of_addresses_is_refused_by_field(text: str) -> None:
    with pytest.raises(Invalid) as caught:
        parse_networks(text, field="addresses")
    assert set(caught.value.fields) == {"addresses"}
