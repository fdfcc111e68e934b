"""Identifiers: time-ordered rows, derived intents, and client order ids that prove whose they are."""

import base64
import hashlib
import hmac
import os
import time
from collections.abc import Callable
from uuid import UUID, uuid5

Ids = Callable[[], UUID]
"""A source of row ids; the simulation brings its own."""

INTENT_NAMESPACE = UUID("6f1f7a60-6f0c-5d6e-9d0c-6f2a4b1f3c11")
CLIENT_ORDER_ID_PREFIX = "pt"
CLIENT_ORDER_ID_LENGTH_MAX = 36
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


def new_id() -> UUID:
    """Return a UUIDv7: 48 bits of milliseconds, then random bits (RFC 9562, 5.7)."""
    milliseconds = time.time_ns() // 1_000_000
    value = (milliseconds & (2**48 - 1)) << 80 | int.from_bytes(os.urandom(10), "big")
    value = value & ~(0xF << 76) | 0x7 << 76
    value = value & ~(0x3 << 62) | 0x2 << 62
    return UUID(int=value)


def derived_id(*parts: object) -> UUID:
    """Return the id that the same parts always give."""
    return uuid5(INTENT_NAMESPACE, "|".join(str(part) for part in parts))


def intent_id(*, signal_id: UUID, account_id: UUID, leg: str) -> UUID:
    """Return the id of the one intent that a signal may have on an account for a leg."""
    return derived_id("intent", signal_id, account_id, leg)


def client_order_id(
    instance_key: bytes, *, environment: str, exchange: str, intent_id: UUID, attempt: int
) -> str:
    """Return the id we send with an order: derived, recognisable and not forgeable.

    `pt` + environment letter + 24 base32 characters of an HMAC-SHA256 over exchange, intent and
    attempt + `-` + the attempt in base 36: 29 or 30 characters, letters, digits and dash only, so
    that both exchanges take it. Account and leg are inside the intent's id.

    Args:
        environment: one letter: l (live), t (testnet), d (demo), p (paper).
        attempt: from 1 to 1295.
    """
    assert len(environment) == 1
    assert 1 <= attempt < 36 * 36
    digest = _digest(instance_key, exchange, intent_id, attempt)
    return f"{CLIENT_ORDER_ID_PREFIX}{environment}{digest}-{_base36(attempt)}"


def is_ours(client_order_id: str) -> bool:
    """Tell whether an id has our form; its intent proves the rest."""
    head, _, attempt = client_order_id.rpartition("-")
    return (
        head.startswith(CLIENT_ORDER_ID_PREFIX)
        and len(head) == len(CLIENT_ORDER_ID_PREFIX) + 1 + 24
        and 1 <= len(attempt) <= 2
    )


def _digest(key: bytes, exchange: str, intent: UUID, attempt: int) -> str:
    message = f"{exchange}|{intent}|{attempt}".encode()
    raw = hmac.new(key, message, hashlib.sha256).digest()[:15]
    return base64.b32encode(raw).decode().lower()


def _base36(number: int) -> str:
    high, low = divmod(number, 36)
    return (_BASE36[high] if high else "") + _BASE36[low]
