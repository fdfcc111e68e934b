"""Who sends a request, and is it really him: key, time window, HMAC, rights.

The signature covers the raw query and body bytes exactly as they were sent, without separator,
less the signature itself.
Source: https://developers.binance.com/docs/derivatives/usds-margined-futures/general-info
"""

from __future__ import annotations

import hashlib
import hmac
import re
from enum import Enum
from typing import Final
from urllib.parse import parse_qsl

from daemon.paper_exchange.accounts import Account
from daemon.paper_exchange.binance.codes import WireError, missing, unauthorised
from daemon.paper_exchange.engine import Engine

DEFAULT_WINDOW_MS: Final = 5_000
LARGEST_WINDOW_MS: Final = 60_000
AHEAD_MS: Final = 1_000
_SIGNATURE: Final = re.compile(rb"(?:^|&)signature=([^&]*)")


class Security(Enum):
    """What an endpoint asks of its caller."""

    NONE = "NONE"
    KEY = "KEY"
    """The key header alone (user streams)."""
    READ = "READ"
    TRADE = "TRADE"


def parse_parameters(query: bytes, body: bytes) -> dict[str, str]:
    """Read parameters from query and body; the query wins."""
    parameters = dict(parse_qsl(body.decode(), keep_blank_values=True))
    parameters.update(parse_qsl(query.decode(), keep_blank_values=True))
    return parameters


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
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def identify(engine: Engine, api_key: str | None, ip: str, now_ms: int) -> Account:
    """Find the account of a key and check where it comes from.

    Raises:
        WireError: -2014 without a key, -2015 for an unknown, expired or misplaced one.
    """
    if not api_key:
        raise WireError(-2014, "API-key format invalid.", status=401)
    account = engine.accounts.get(api_key)
    if account is None:
        raise unauthorised()
    permissions = account.permissions
    if permissions.ip_whitelist and ip not in permissions.ip_whitelist:
        raise unauthorised()
    if permissions.expires_ms and now_ms >= permissions.expires_ms:
        raise unauthorised()
    return account


def check_window(parameters: dict[str, str], now_ms: int) -> None:
    """Refuse a request from another time (wall clock).

    Raises:
        WireError: -1102 without a time, -1131 for a window above a minute, -1021 outside.
    """
    try:
        sent_ms = int(parameters["timestamp"])
    except (KeyError, ValueError):
        raise missing("timestamp") from None
    try:
        window_ms = int(parameters.get("recvWindow") or DEFAULT_WINDOW_MS)
    except ValueError:
        raise missing("recvWindow") from None
    if window_ms > LARGEST_WINDOW_MS:
        raise WireError(-1131, "recvWindow must be less than 60000")
    if sent_ms >= now_ms + AHEAD_MS:
        raise WireError(-1021, "Timestamp for this request was 1000ms ahead of the server's time.")
    if now_ms - sent_ms > window_ms:
        raise WireError(-1021, "Timestamp for this request is outside of the recvWindow.")


def check_signature(account: Account, query: bytes, body: bytes) -> None:
    """Refuse a request that the account's secret did not sign."""
    payload, signature = split_signature(query, body)
    if not signature:
        raise missing("signature")
    if not hmac.compare_digest(sign(account.api_secret, payload), signature.lower()):
        raise WireError(-1022, "Signature for this request is not valid.")


def check_rights(account: Account, security: Security) -> None:
    """Refuse what the key may not do."""
    permissions = account.permissions
    allowed = permissions.trade if security is Security.TRADE else permissions.read
    if not allowed:
        raise unauthorised()
