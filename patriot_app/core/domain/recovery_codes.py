"""Codes that let a person in who has lost his phone: 50 random bits each, used once."""

import base64
import hashlib
import hmac
import secrets
from uuid import UUID

COUNT = 10
LENGTH = 10
_BYTES = 7  # 56 bits, of which ten letters of base32 show 50


def new_codes() -> tuple[str, ...]:
    """Return fresh codes as they are shown, such as "k3mf7-qx2pa"."""
    return tuple(_shown(secrets.token_bytes(_BYTES)) for _ in range(COUNT))


def normalised(given: str) -> str:
    """Return a code as it is hashed, however it was typed; "" if it cannot be one."""
    kept = "".join(given.lower().replace("-", "").split())
    return kept if len(kept) == LENGTH and kept.isascii() and kept.isalnum() else ""


def hash_code(code: str, *, user_id: UUID, pepper: bytes) -> bytes:
    """Return what is stored of a code; random enough that one keyed round suffices."""
    return hmac.new(
        pepper, f"recovery|{user_id}|{normalised(code)}".encode(), hashlib.sha256
    ).digest()


def _shown(random: bytes) -> str:
    letters = base64.b32encode(random).decode().lower()[:LENGTH]
    return f"{letters[: LENGTH // 2]}-{letters[LENGTH // 2 :]}"
