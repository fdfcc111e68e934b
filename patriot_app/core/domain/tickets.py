"""Questions that a person answers: their states, their sizes, and what may stand in them."""

import unicodedata
from datetime import timedelta
from enum import StrEnum

from patriot_app.core.domain.chat_secrets import looks_like_a_secret
from patriot_app.core.errors import Invalid

TOPIC = "tickets"
"""What pages listen to."""
SUBJECT_LENGTH_MAX = 120
BODY_LENGTH_MAX = 2_000
CONTEXT_LENGTH_MAX = 2_000
LIVE_MAX = 5
"""So many tickets of a client may be without an end."""
MESSAGES_MAX = 20
MESSAGES_WITHIN = timedelta(hours=1)
"""So many messages may a client write to the desk, over all his tickets."""
SHOWN_MAX = 200
"""Messages of one ticket that are shown, the newest."""


class TicketState(StrEnum):
    """Whose turn it is."""

    OPEN = "open"
    ANSWERED = "answered"
    CLOSED = "closed"


TRANSITIONS: dict[TicketState, frozenset[TicketState]] = {
    TicketState.OPEN: frozenset({TicketState.ANSWERED, TicketState.CLOSED}),
    TicketState.ANSWERED: frozenset({TicketState.OPEN, TicketState.CLOSED}),
    # What was settled may come up again: a message of the client or of the desk opens it.
    TicketState.CLOSED: frozenset({TicketState.OPEN}),
}


def checked_subject(text: str) -> str:
    """Return a subject in one line.

    Raises:
        Invalid: empty, too long, or it holds what may be a secret.
    """
    return _checked(" ".join(text.split()), name="subject", most=SUBJECT_LENGTH_MAX)


def checked_body(text: str) -> str:
    """Return a message as it is kept: its lines, without what steers terminals.

    Raises:
        Invalid: empty, too long, or it holds what may be a secret.
    """
    return _checked(text, name="body", most=BODY_LENGTH_MAX)


def subject_from(text: str) -> str:
    """Return a subject for a message that came without one: its beginning."""
    line = " ".join(_visible(text).split())
    return line if len(line) <= SUBJECT_LENGTH_MAX else line[: SUBJECT_LENGTH_MAX - 1] + "…"


def checked_context(text: str) -> str:
    """Return what was spoken of before; lines that may hold a secret are left out."""
    lines = [line for line in _visible(text).splitlines() if not looks_like_a_secret(line)]
    return "\n".join(lines)[-CONTEXT_LENGTH_MAX:]


def _checked(text: str, *, name: str, most: int) -> str:
    written = _visible(text).strip()
    if not written or len(written) > most:
        raise Invalid({name: f"Please write 1 to {most} characters"})
    if looks_like_a_secret(written):
        raise Invalid(
            {name: "This looks like a password, a code or a key. Write it to nobody, not even us"}
        )
    return written


def _visible(text: str) -> str:
    return "".join(
        char
        for char in text.replace("\r\n", "\n")
        if char == "\n" or unicodedata.category(char)[0] != "C"
    )
