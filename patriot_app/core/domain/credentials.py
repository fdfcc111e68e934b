"""A customer's API key: sealed, verified, never shown; one that can move money out is refused."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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
