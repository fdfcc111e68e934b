"""The life of a customer's API key: sealed, verified, watched, replaced, never shown."""

from datetime import datetime, timedelta
from enum import StrEnum


class CredentialStatus(StrEnum):
    """Where a key stands.

    SUBMITTED and WAITING are being verified; VERIFIED trades; QUARANTINED is kept and asked for
    nothing; the rest are over and their boxes are destroyed.
    """

    SUBMITTED = "submitted"
    WAITING = "waiting"
    VERIFIED = "verified"
    QUARANTINED = "quarantined"
    REJECTED = "rejected"
    REPLACED = "replaced"
    REVOKED = "revoked"


_S = CredentialStatus
TRANSITIONS: dict[CredentialStatus, frozenset[CredentialStatus]] = {
    _S.SUBMITTED: frozenset({_S.WAITING, _S.VERIFIED, _S.REJECTED, _S.REVOKED}),
    # The exchange did not answer: it is asked again and again, for as long as the key is wanted.
    _S.WAITING: frozenset({_S.VERIFIED, _S.REJECTED, _S.REVOKED}),
    _S.VERIFIED: frozenset({_S.QUARANTINED, _S.REPLACED, _S.REVOKED}),
    _S.QUARANTINED: frozenset({_S.VERIFIED, _S.REPLACED, _S.REVOKED}),
    _S.REJECTED: frozenset(),
    _S.REPLACED: frozenset(),
    _S.REVOKED: frozenset(),
}
BEING_VERIFIED = frozenset({_S.SUBMITTED, _S.WAITING})
IN_USE = frozenset({_S.VERIFIED, _S.QUARANTINED})
"""At most one key of an account."""


class CheckOutcome(StrEnum):
    """What one look at a key came to."""

    ACCEPTED = "accepted"
    WARNED = "warned"
    REJECTED = "rejected"
    LOCKED = "locked"
    QUARANTINED = "quarantined"
    POSTPONED = "postponed"
    """The exchange did not answer."""
    DENIED = "denied"
    """The exchange did not let the key in; once more, and it is quarantined."""


FIRST_PAUSE = timedelta(seconds=5)
LONGEST_PAUSE = timedelta(minutes=15)
REMINDER_DAYS = (14, 7, 1)
"""Days before its end at which a key's owner is reminded, once each."""


def pause_before_try(tries: int) -> timedelta:
    """Return how long to wait after so many unanswered tries: 5, 10, 20 s … up to 15 minutes."""
    assert tries >= 1
    return min(LONGEST_PAUSE, FIRST_PAUSE * (1 << min(tries - 1, 10)))


def due_reminder(expires_at: datetime, *, reminded_days: int | None, now: datetime) -> int | None:
    """Return the reminder that is due: the smallest number of days that has come and was not told.

    A key that is connected three days before its end is reminded once, as of seven days.
    """
    left = expires_at - now
    if left <= timedelta(0):
        return None
    come = [days for days in REMINDER_DAYS if left <= timedelta(days=days)]
    if not come:
        return None
    days = min(come)
    return days if reminded_days is None or days < reminded_days else None
