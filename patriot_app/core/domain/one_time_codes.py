"""Six-digit codes of an authenticator app (RFC 6238: SHA-1, 30 s); each is accepted once."""

import base64
import hashlib
import hmac
from datetime import datetime
from urllib.parse import quote

STEP_S = 30
DIGITS = 6
_DRIFT_STEPS = 1


def code_at(seed: str, step: int) -> str:
    """Return the code of a time step.

    Args:
        seed: base32 without padding, as it is shown to the person.
    """
    key = base64.b32decode(seed + "=" * (-len(seed) % 8))
    digest = hmac.new(key, step.to_bytes(8, "big"), hashlib.sha1).digest()
    place = digest[-1] & 0x0F
    number = int.from_bytes(digest[place : place + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def step_at(now: datetime) -> int:
    """Return the number of the time step that a wall time lies in."""
    return int(now.timestamp()) // STEP_S


def accepted_step(seed: str, code: str, *, now: datetime, last_step: int | None) -> int | None:
    """Return the step that a code belongs to, or None if it is wrong or was used before.

    Args:
        last_step: the newest step ever accepted for this person.
    """
    given = code.strip().replace(" ", "")
    current = step_at(now)
    for step in range(current - _DRIFT_STEPS, current + _DRIFT_STEPS + 1):
        is_new = last_step is None or step > last_step
        if is_new and hmac.compare_digest(code_at(seed, step), given):
            return step
    return None


def enrolment_uri(seed: str, *, email: str) -> str:
    """Return what an authenticator app reads from the QR code."""
    return f"otpauth://totp/PATRIOT:{quote(email)}?secret={seed}&issuer=PATRIOT"
