"""Identifiers: time-ordered rows, derived intents, and client order ids that prove whose they are."""

import base64
import hashlib
import hmac
import os
import re
import time
from collections.abc import Callable
from threading import Lock
from uuid import UUID, uuid5

Ids = Callable[[], UUID]
"""A source of row ids; the simulation brings its own."""

INTENT_NAMESPACE = UUID("6f1f7a60-6f0c-5d6e-9d0c-6f2a4b1f3c11")
CLIENT_ORDER_ID_PREFIX = "pt"
CLIENT_ORDER_ID_LENGTH_MAX = 36
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_NAME_BYTES = 9
_SEAL_BYTES = 6
"""Whoever guesses needs some 10^14 orders for one that passes for ours."""
_ticking = Lock()
_last_ticks = 0
_FORM = re.compile(rf"{CLIENT_ORDER_ID_PREFIX}([a-z])([a-z2-7]{{24}})-([0-9a-z]{{1,2}})")


def new_id() -> UUID:
    """Return a UUIDv7 that sorts after all that this process has made before.

    48 bits of milliseconds, 12 bits of their fraction (RFC 9562, 6.2, method 3), 62 random bits.
    """
    ticks = _next_ticks()
    value = (ticks >> 12) << 80 | (ticks & 0xFFF) << 64 | int.from_bytes(os.urandom(8), "big")
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
    instance_key: bytes,
    *,
    environment: str,
    exchange: str,
    account_id: UUID,
    intent_id: UUID,
    attempt: int,
) -> str:
    """Return the id we send with an order: derived, recognisable and not forgeable.

    `pt` + environment letter + 24 base32 characters + `-` + the attempt in base 36: 29 or 30
    characters, letters, digits and dash only, so that both exchanges take it. The 24 characters are
    a name of 9 bytes, an HMAC-SHA256 over account, intent and attempt, and a seal of 6 bytes, an
    HMAC over all the rest: so an id proves by itself on which account we sent it, even when the
    database has lost its order.

    Args:
        environment: one letter: l (live), t (testnet), d (demo), p (paper).
        attempt: from 1 to 1295.
    """
    assert len(environment) == 1
    assert 1 <= attempt < 36 * 36
    name = _digest(instance_key, "name", exchange, account_id, intent_id, attempt)[:_NAME_BYTES]
    number = _base36(attempt)
    seal = _seal(instance_key, environment, exchange, account_id, name, number)
    body = base64.b32encode(name + seal).decode().lower()
    return f"{CLIENT_ORDER_ID_PREFIX}{environment}{body}-{number}"


def is_ours(instance_key: bytes, client_order_id: str, *, exchange: str, account_id: UUID) -> bool:
    """Tell whether we made an id for an order on this account.

    The form alone proves nothing: the account's owner may give his orders any id, one of ours from
    another account too.
    """
    found = _FORM.fullmatch(client_order_id)
    if found is None:
        return False
    environment, body, number = found.groups()
    raw = base64.b32decode(body.upper())
    seal = _seal(instance_key, environment, exchange, account_id, raw[:_NAME_BYTES], number)
    return hmac.compare_digest(raw[_NAME_BYTES:], seal)


def _next_ticks() -> int:
    """Return the time in 1/4096 of a millisecond, or the next that is not taken."""
    global _last_ticks
    with _ticking:
        _last_ticks = max((time.time_ns() << 12) // 1_000_000, _last_ticks + 1)
        return _last_ticks


def _seal(
    key: bytes, environment: str, exchange: str, account: UUID, name: bytes, number: str
) -> bytes:
    return _digest(key, "seal", environment, exchange, account, name.hex(), number)[:_SEAL_BYTES]


def _digest(key: bytes, *parts: object) -> bytes:
    message = "|".join(str(part) for part in parts).encode()
    return hmac.new(key, message, hashlib.sha256).digest()


def _base36(number: int) -> str:
    high, low = divmod(number, 36)
    return (_BASE36[high] if high else "") + _BASE36[low]
