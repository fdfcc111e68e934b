"""Who sends a request, and is it really him: key, time window, signature, rights.

The signature covers the raw query and body bytes exactly as they were sent, without separator,
less the signature itself.
Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from enum import Enum
from typing import Final

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.codes import WireError, missing, unauthorised
from daemon.paper_exchange.binance.public_keys import is_signed_by
from daemon.paper_exchange.engine import Engine

DEFAULT_WINDOW_MS: Final = 5_000
LARGEST_WINDOW_MS: Final = 60_000
AHEAD_MS: Final = 1_000
_MILLISECONDS: Final = re.compile(r"\s?[0-9]{1,20}")
_SIGNATURE: Final = re.compile(rb"(?:^|&)signature=([^&]*)")


class Security(Enum):
    """What an endpoint asks of its caller."""

    NONE = "NONE"
    KEY = "KEY"
    """The key header alone (user streams)."""
    READ = "READ"
    TRADE = "TRADE"


def split_signature(query: bytes, body: bytes) -> tuple[bytes, str]:
    """Return the signed bytes and the signature ('' when there is none)."""
    for part in (query, body):
        found = _SIGNATURE.search(part)
        if found is not None:
            signature = found.group(1).decode("latin-1")
            payload = _SIGNATURE.sub(b"", query, count=1) if part is query else query
            rest = body if part is query else _SIGNATURE.sub(b"", body, count=1)
            return payload + rest, signature
    return query + body, ""


def sign(secret: str, payload: bytes) -> str:
    """Return the lower-case hexadecimal HMAC-SHA256."""
    return hmac.digest(secret.encode(), payload, "sha256").hex()


def identify(engine: Engine, api_key: str | None, ip: str, now_ms: int) -> Account:
    """Find the account of a key and check where it comes from.

    Raises:
        WireError: -2014 without a key, -2015 for an unknown, expired or misplaced one.
    """
    if not api_key:
        raise WireError(-2014, "API-key format invalid.", status=401)
    account = engine.accounts.get(api_key)
    if account is None:
        raise unauthorised(ip)
    permissions = account.permissions
    if permissions.ip_whitelist and ip not in permissions.ip_whitelist:
        raise unauthorised(ip)
    if permissions.expires_ms and now_ms >= permissions.expires_ms:
        raise unauthorised(ip)
    return account


def check_window(parameters: Mapping[str, str], now_ms: int) -> int:
    """Refuse a request from another time (wall clock); return the last moment it is good for.

    Raises:
        WireError: -1102 without a time, -1131 for a window above a minute, -1021 outside.
    """
    sent_ms = _read_ms(parameters.get("timestamp", ""), "timestamp")
    window_ms = DEFAULT_WINDOW_MS
    if window := parameters.get("recvWindow"):
        window_ms = _read_ms(window, "recvWindow")
    if window_ms > LARGEST_WINDOW_MS:
        raise WireError(-1131, "recvWindow must be less than 60000")
    if sent_ms >= now_ms + AHEAD_MS:
        raise WireError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - sent_ms > window_ms:
        raise WireError(-1021, "Timestamp for this request is outside of the recvWindow.")
    return sent_ms + window_ms


def check_engine_window(good_until_ms: int, now_ms: int) -> None:
    """Refuse an order that grew too old on its way to the matching engine."""
    if now_ms > good_until_ms:
        raise WireError(-5028, "Timestamp for this request is outside of the ME recvWindow.")


def check_signature(account: Account, query: bytes, body: bytes) -> None:
    """Refuse a request that the account's secret did not sign."""
    payload, signature = split_signature(query, body)
    if not signature:
        raise missing("signature")
    check_digest(account, payload, signature)


def check_digest(account: Account, payload: bytes, signature: str) -> None:
    """Refuse a signature of other bytes or by another key.

    The letters of a hexadecimal one may be of either case.
    """
    if account.public_key:
        if not is_signed_by(account.public_key, payload, signature):
            raise WireError(-1022, "Signature for this request is not valid.")
        return
    wanted = sign(account.api_secret, payload).encode()
    if not hmac.compare_digest(wanted, signature.lower().encode()):
        raise WireError(-1022, "Signature for this request is not valid.")


def check_rights(account: Account, security: Security, ip: str) -> None:
    """Refuse what the key may not do."""
    permissions = account.permissions
    allowed = permissions.trade if security is Security.TRADE else permissions.read
    if not allowed:
        raise unauthorised(ip)


def _read_ms(text: str, name: str) -> int:
    if not _MILLISECONDS.fullmatch(text):
        raise missing(name)
    return int(text)
