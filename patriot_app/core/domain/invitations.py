"""Invitations: a link that lets one person register once, and the codes that stand for it in a chat."""

import base64
import hashlib
from datetime import datetime, timedelta
from enum import StrEnum

LINK_PATH = "/join"
LINK_LASTS = timedelta(days=7)
CODE_LASTS = timedelta(minutes=30)
CODE_BYTES = 16
"""128 bits: 22 characters, which fit into the start parameter of a chat bot."""


class InvitationState(StrEnum):
    """Follows from what happened and from the time; nothing stores it."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


REFUSALS = {
    InvitationState.USED: "This invitation was used already. Sign in, or ask the desk for help.",
    InvitationState.EXPIRED: "This invitation has expired. Ask the desk to send it again.",
    InvitationState.REVOKED: "This invitation was withdrawn. Ask the desk for another one.",
}
UNKNOWN_LINK = (
    "This link is not valid. It may have been sent again since: use the newest message, or ask the"
    " desk for another one."
)


def state_of(
    *, used_at: datetime | None, revoked_at: datetime | None, expires_at: datetime, now: datetime
) -> InvitationState:
    """Return what an invitation is worth at a moment."""
    if used_at is not None:
        return InvitationState.USED
    if revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.EXPIRED if now >= expires_at else InvitationState.OPEN


def hash_token(token: str) -> bytes:
    """Return what is stored of a link's token or of a code.

    Both are drawn at random with 128 bits or more, so a plain hash cannot be guessed back.
    """
    return hashlib.sha256(token.encode()).digest()


def code_from(random: bytes) -> str:
    """Return a one-time code for a chat: letters, digits, "_" and "-".

    Args:
        random: CODE_BYTES from the system's source of chance.
    """
    assert len(random) == CODE_BYTES
    return base64.urlsafe_b64encode(random).decode().rstrip("=")
