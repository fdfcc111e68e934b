"""Where a request came from, and whether that place is on a list.

A header that names an address is written by whoever sends it. Only what our own proxies added at
its end is believed, and only as many entries as there are proxies.
"""

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from patriot_app.core.errors import Invalid

Network = IPv4Network | IPv6Network
ENTRIES_MAX = 50


def client_address(peer: str, forwarded_for: str, *, trusted_hops: int) -> str:
    """Return the address that a request came from.

    Args:
        peer: who opened the connection.
        forwarded_for: the header X-Forwarded-For as it arrived.
        trusted_hops: proxies of ours before this process; 0: the header is not looked at.
    """
    if trusted_hops <= 0:
        return peer
    told = [part.strip() for part in forwarded_for.split(",") if part.strip()]
    return told[-trusted_hops] if len(told) >= trusted_hops else peer


def parse_networks(text: str, *, field: str) -> tuple[Network, ...]:
    """Return the addresses and networks of a list that commas or blanks separate.

    Raises:
        Invalid: an entry is neither, or there are too many.
    """
    entries = text.replace(",", " ").split()
    if len(entries) > ENTRIES_MAX:
        raise Invalid({field: f"At most {ENTRIES_MAX} addresses, please"})
    found = []
    for entry in entries:
        try:
            found.append(ip_network(entry))
        except ValueError as error:
            raise Invalid({field: f"{entry[:60]} is no address or network"}) from error
    return tuple(found)


def is_among(address: str, networks: Iterable[Network]) -> bool:
    """Tell whether an address lies in one of the networks; what cannot be read lies in none."""
    try:
        found = ip_address(address)
    except ValueError:
        return False
    mapped = getattr(found, "ipv4_mapped", None)
    return any((mapped or found) in network for network in networks)


def may_come_from(address: str, allowed: Iterable[Network]) -> bool:
    """Tell whether a list lets an address in; an empty list lets everybody in."""
    networks = tuple(allowed)
    return not networks or is_among(address, networks)
