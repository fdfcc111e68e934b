"""What a chat brings and what it may do: codes, names, questions with two buttons."""

import base64
import hashlib
import re
import unicodedata
from datetime import timedelta
from enum import StrEnum

CODE_BYTES = 16
"""128 bits: 22 characters, which fit with their prefix into the start parameter of a chat bot."""
CODE_LASTS = timedelta(minutes=10)
"""A code that connects a chat with a person."""
SIGN_IN_LASTS = timedelta(minutes=5)
"""From the click on the sign-in page to the answer in the chat and back."""
QUESTION_LASTS = timedelta(seconds=60)
"""Two buttons are good for so long; time out means no."""
MENU_LASTS = timedelta(minutes=30)
"""The buttons under a screen; its command brings a fresh one."""
PROOF_LASTS = timedelta(minutes=5)
"""A dangerous act waits so long for a proof of identity on the web page."""
TYPED_CODES = 10_000
"""A code that is typed to confirm has four digits; it is asked for once, so nobody guesses on."""
TICKET_LASTS = timedelta(minutes=10)
"""The web link that a chat gets for its registration code."""
TRIES_MAX = 5
TRIES_WITHIN = timedelta(minutes=10)
"""So many wrong codes from one Telegram account, then none is looked at for the rest of the time."""
OPEN_SIGN_INS_MAX = 20
"""So many sign-ins through Telegram may one address have begun within their time."""
NAME_LENGTH_MAX = 120

_CODE = re.compile(r"(?:(link|in|reg)_)?([A-Za-z0-9_-]{22})")


class CodeKind(StrEnum):
    """What a code is for; stands before it."""

    LINK = "link"
    SIGN_IN = "in"
    REGISTRATION = "reg"


class QuestionKind(StrEnum):
    """What buttons in a chat decide; MENU: each its own, TYPED: a code that is typed does."""

    SIGN_IN = "sign_in"
    UNLINK = "unlink"
    MENU = "menu"
    TYPED = "typed"


class SignInStage(StrEnum):
    """How far a sign-in through Telegram is; follows from what happened and from the time."""

    WAITING = "waiting"
    ASKED = "asked"
    YES = "yes"
    NO = "no"
    OVER = "over"


def code_from(random: bytes) -> str:
    """Return a code for a chat: letters, digits, "_" and "-".

    Args:
        random: CODE_BYTES of chance, or of a keyed hash.
    """
    assert len(random) == CODE_BYTES
    return base64.urlsafe_b64encode(random).decode().rstrip("=")


def code_of_browser(secret: str) -> str:
    """Return the code that the chat gets for a browser's secret, which it does not give away."""
    return code_from(hashlib.sha256(f"telegram-sign-in|{secret}".encode()).digest()[:CODE_BYTES])


def split_code(text: str) -> tuple[CodeKind, str] | None:
    """Return what a code is for and the code; None if the text is no code.

    A code without a prefix is one that staff handed over for a registration.
    """
    found = _CODE.fullmatch(text.strip())
    if found is None:
        return None
    return CodeKind(found[1] or CodeKind.REGISTRATION), found[2]


def deep_link(username: str, kind: CodeKind, code: str) -> str:
    """Return the address that opens the bot's chat and hands it the code."""
    return f"https://t.me/{username}?start={kind.value}_{code}"


def shown_name(first: str, last: str, username: str) -> str:
    """Return how a Telegram account is shown to people, such as "Ada Lovelace (@ada)".

    Names are chosen by strangers: what steers terminals or turns the direction of text is dropped.
    """
    called = _visible(f"{first} {last}")
    handle = f"(@{_visible(username)})" if username else ""
    room = NAME_LENGTH_MAX - len(handle) - 1
    return f"{called[:room].strip()} {handle}".strip() or "without a name"


def stage_of(
    *, is_asked: bool, answer: str, is_used: bool, is_expired: bool, is_late: bool
) -> SignInStage:
    """Return how far a sign-in is.

    Args:
        is_late: the buttons were shown and ran out without an answer.
    """
    if answer == SignInStage.NO:
        return SignInStage.NO
    if is_used or is_expired or (is_late and not answer):
        return SignInStage.OVER
    if answer == SignInStage.YES:
        return SignInStage.YES
    return SignInStage.ASKED if is_asked else SignInStage.WAITING


def _visible(text: str) -> str:
    kept = (char if unicodedata.category(char)[0] != "C" else " " for char in text)
    return " ".join("".join(kept).split())
