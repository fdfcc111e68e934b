"""The addresses that a desk's requests leave from, and who leaves from which.

Exchanges count requests and connections by address, and customers bind their keys to it: an account
gets its address when it is opened and keeps it.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patriot_app.core.errors import Invalid


@dataclass(frozen=True, slots=True)
class EgressAddress:
    """One address.

    Attributes:
        local: of this machine, to leave from.
        public: that exchanges see, to bind a key to; differs behind a translating gateway.
    """

    local: str
    public: str


def parse_addresses(text: str) -> tuple[EgressAddress, ...]:
    """Read "10.0.0.2=203.0.113.2, 203.0.113.3".

    Raises:
        Invalid: a part is no address, or one stands there twice.
    """
    found = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        local, _, public = (each.strip() for each in part.partition("="))
        try:
            ipaddress.ip_address(local)
            ipaddress.ip_address(public or local)
        except ValueError as error:
            raise Invalid({"egress_addresses": f"{part!r} is not an address"}) from error
        found.append(EgressAddress(local, public or local))
    if len({each.local for each in found}) < len(found):
        raise Invalid({"egress_addresses": "An address stands there twice"})
    return tuple(found)


def choose(
    addresses: Sequence[EgressAddress], held: Mapping[str, int], *, most: int
) -> EgressAddress | None:
    """Return the address with the fewest accounts, None where each has as many as it may.

    Args:
        held: accounts of one exchange by local address.
        most: accounts that an address may have there.
    """
    free = [each for each in addresses if held.get(each.local, 0) < most]
    return min(free, key=lambda each: (held.get(each.local, 0), each.local), default=None)


def public_of(addresses: Sequence[EgressAddress], local: str) -> str:
    """Return what an exchange sees of a local address."""
    return next((each.public for each in addresses if each.local == local), local)
