"""Which addresses a process of ours may call because somebody typed in where: public ones only.

Behind a private address stand our own machines, and the one that tells a cloud's secrets. What
only wraps another address (mapped, translated, tunnelled) is refused with the rest.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network

Address = IPv4Address | IPv6Address

_GLOBAL_UNICAST = IPv6Network("2000::/3")
"""All that is given out in IPv6; mapped, translated, local and multicast ones lie outside."""
_NOT_OURS_TO_CALL = (
    IPv4Network("192.0.0.0/24"),
    IPv4Network("192.88.99.0/24"),
    IPv6Network("2001::/23"),
    IPv6Network("2002::/16"),
    IPv6Network("3fff::/20"),
)
"""Protocol assignments, relays, tunnels and documentation."""


def is_public(address: Address) -> bool:
    """Tell whether an address is one of the public network and nothing else."""
    if any(address in network for network in _NOT_OURS_TO_CALL):
        return False
    if isinstance(address, IPv6Address) and address not in _GLOBAL_UNICAST:
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
