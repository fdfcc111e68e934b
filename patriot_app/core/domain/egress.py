"""The addresses that a desk's requests leave from, and who leaves from which.

Exchanges count requests and connections by address, and customers bind their keys to it: an account
gets its address when it is opened and keeps it.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from patriot_app.core.errors import Invalid, Refused


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


@dataclass(frozen=True, slots=True)
class Room:
    """How far one address is used at one exchange.

    Attributes:
        accounts: that leave from it; `most`: as many as its limits of weight and connections allow.
    """

    address: EgressAddress
    accounts: int
    most: int

    @property
    def left(self) -> int:
        """How many more it may have."""
        return max(self.most - self.accounts, 0)


def rooms(
    addresses: Sequence[EgressAddress], held: Mapping[str, int], *, most: int
) -> tuple[Room, ...]:
    """Return every address with its room, that with most of it first."""
    found = (Room(each, held.get(each.local, 0), most) for each in addresses)
    return tuple(sorted(found, key=lambda each: (-each.left, each.address.local)))


def move_to(
    found: Sequence[Room], local: str, *, now_at: str, bound_to: Sequence[str]
) -> EgressAddress:
    """Return the address that an account may be moved to.

    Args:
        now_at: that its requests leave from; "" for the machine's own.
        bound_to: addresses that the account's key is bound to, where its exchange lists them.

    Raises:
        Invalid: not one of the desk's.
        Refused: the account is there already, the address is full, or the key would not be let in.
    """
    wanted = next((each for each in found if each.address.local == local), None)
    if wanted is None:
        raise Invalid({"address": "Choose one of the desk's addresses (PATRIOT_EGRESS_ADDRESSES)"})
    public = wanted.address.public
    if local == now_at:
        raise Refused(f"The account leaves from {public} already")
    if not wanted.left:
        raise Refused(
            f"{public} has {wanted.accounts} accounts of this exchange; {wanted.most} are as many as"
            " the exchange's limits of weight and connections allow for one address"
        )
    if bound_to and public not in bound_to:
        raise Refused(
            f"The account's key is bound to {', '.join(bound_to)}; let its owner add {public} at the"
            " exchange and check the key again first"
        )
    return wanted.address


def public_of(addresses: Sequence[EgressAddress], local: str) -> str:
    """Return what an exchange sees of a local address."""
    return next((each.public for each in addresses if each.local == local), local)
