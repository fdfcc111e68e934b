"""Codes by which customers recommend the desk: short, without letters that look like others."""

import re
from urllib.parse import quote

ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
CODE_LENGTH = 8
"""31 to the 8th, some 40 bits: a code is no secret, it must only not be met by chance."""
PREFIX = "ref_"
COOKIE = "recommended_by"
COOKIE_DAYS = 30
UNKNOWN = "Nobody has this code. Correct it, or leave the field empty"

_CODE = re.compile(f"[{ALPHABET}]{{{CODE_LENGTH}}}")


def code_from(random: bytes) -> str:
    """Return a code.

    Args:
        random: CODE_LENGTH bytes from the system's source of chance.
    """
    assert len(random) == CODE_LENGTH
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in random)


def normalise(text: str) -> str | None:
    """Return a code as it is kept, however it was typed; None: it is none."""
    code = re.sub(r"[\s-]", "", text).upper()
    return code if _CODE.fullmatch(code) else None


def from_start(text: str) -> str | None:
    """Return the code that came with /start; None: what came is something else."""
    return normalise(text.removeprefix(PREFIX)) if text.startswith(PREFIX) else None


def web_link(public_url: str, code: str) -> str:
    """Return the address that tells a visitor how to join, and keeps the code for him."""
    return f"{public_url.rstrip('/')}/join?code={quote(code)}"


def chat_link(username: str, code: str) -> str:
    """Return the address that opens the bot's chat with the code."""
    return f"https://t.me/{username}?start={PREFIX}{code}"
