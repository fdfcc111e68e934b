"""A customer's API key: sealed, verified, never shown; one that can move money out is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from patriot_app.core.domain.accounts import AccountMode


class CredentialStatus(StrEnum):
    SUBMITTED = "submitted"
    VERIFIED = "verified"
    REJECTED = "rejected"
    QUARANTINED = "quarantined"
    REVOKED = "revoked"


TRANSITIONS = {
    CredentialStatus.SUBMITTED: frozenset(
        {CredentialStatus.VERIFIED, CredentialStatus.REJECTED, CredentialStatus.REVOKED}
    ),
    CredentialStatus.VERIFIED: frozenset(
        {CredentialStatus.QUARANTINED, CredentialStatus.REVOKED, CredentialStatus.REJECTED}
    ),
    CredentialStatus.QUARANTINED: frozenset(
        {CredentialStatus.VERIFIED, CredentialStatus.REVOKED, CredentialStatus.REJECTED}
    ),
    CredentialStatus.REJECTED: frozenset(),
    CredentialStatus.REVOKED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class KeyPermissions:
    """What an exchange says a key may do.

    Attributes:
        can_move_money: it may withdraw or transfer anything anywhere.
        is_ip_bound: it works from listed addresses only.
        exchange_uid: the exchange's id of the account behind the key.
        is_one_way: position mode; None if the key may not ask.
    """

    can_read: bool
    can_trade: bool
    can_move_money: bool
    is_ip_bound: bool
    exchange_uid: str
    is_one_way: bool | None
    expires_at: datetime | None


def admission(
    permissions: KeyPermissions,
    *,
    mode: AccountMode,
    require_bound_ip: bool,
    now: datetime,
) -> tuple[str, ...]:
    """Return why a key is refused, each sentence saying what to do; empty if it is admitted.

    Args:
        require_bound_ip: refuse live keys that work from any address.
        now: wire time.
    """
    refusals = []
    if permissions.can_move_money:
        refusals.append(
            "This key can withdraw or transfer money. Create a key without any withdrawal or "
            "transfer permission and connect that one; delete this key at the exchange."
        )
    if not permissions.can_read:
        refusals.append("This key may not read the account. Enable reading for it.")
    if not permissions.can_trade:
        refusals.append("This key may not trade futures. Enable futures trading for it.")
    if mode is AccountMode.LIVE and require_bound_ip and not permissions.is_ip_bound:
        refusals.append(
            "This key works from any address. Restrict it to the addresses shown on this page."
        )
    if permissions.is_one_way is False:
        refusals.append(
            "The account is in hedge mode. Close its positions and switch it to one-way mode."
        )
    if permissions.expires_at is not None and permissions.expires_at <= now:
        refusals.append("This key has expired. Create a new one and connect it.")
    return tuple(refusals)
