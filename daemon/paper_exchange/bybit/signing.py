"""Check the signature of a Bybit v5 request and of a private stream.

Everything here is on the wire clock: the market may run at another speed, signing does not.
Source: https://bybit-exchange.github.io/docs/v5/guide#authentication
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from daemon.paper_exchange.bybit.errors import BybitError, Code, parameter_error

RECV_WINDOW_DEFAULT_MS: Final = 5000
AHEAD_MAX_MS: Final = 1000
"""How far a client's clock may run ahead of the server's."""
_TIME_DIGITS_MAX: Final = 16


@dataclass(frozen=True, slots=True)
class SignedHeaders:
    """The X-BAPI headers of one request."""

    api_key: str
    timestamp: str
    recv_window: str
    signature: str


def read_headers(headers: Mapping[str, str]) -> SignedHeaders:
    """Take the signing headers; their names have no case.

    Raises:
        BybitError: 10003 without a key, 10001 without a timestamp, 10004 without a signature.
    """
    api_key = headers.get("X-BAPI-API-KEY", "")
    timestamp = headers.get("X-BAPI-TIMESTAMP", "")
    signature = headers.get("X-BAPI-SIGN", "")
    recv_window = headers.get("X-BAPI-RECV-WINDOW", "")
    if not api_key:
        raise BybitError(Code.API_KEY)
    if not _is_time(timestamp):
        raise parameter_error("X-BAPI-TIMESTAMP is missing or not a number")
    if not signature:
        raise BybitError(Code.SIGNATURE, "")
    return SignedHeaders(api_key, timestamp, recv_window, signature)


def check_window(timestamp: str, recv_window: str, *, now_ms: int) -> None:
    """Refuse a request whose time is outside of server - window <= time < server + 1000.

    Raises:
        BybitError: 10001 for what is no number, 10002 outside of the window.
    """
    if not _is_time(timestamp):
        raise parameter_error("X-BAPI-TIMESTAMP is missing or not a number")
    if recv_window and not _is_time(recv_window):
        raise parameter_error("X-BAPI-RECV-WINDOW is not a number")
    window = int(recv_window or RECV_WINDOW_DEFAULT_MS)
    if not now_ms - window <= int(timestamp) < now_ms + AHEAD_MAX_MS:
        raise BybitError(Code.TIME_WINDOW, timestamp, now_ms, window)


def check_signature(headers: SignedHeaders, *, secret: str, payload: bytes) -> None:
    """Compare the signature with the one over time, key, window and the raw payload.

    Args:
        payload: the query string as sent, or the body as sent; not a re-encoded form, since
            clients sign the bytes that they send.

    Raises:
        BybitError: 10004.
    """
    prefix = f"{headers.timestamp}{headers.api_key}{headers.recv_window}"
    expected = sign(secret, prefix.encode() + payload).encode()
    # As bytes: the comparison takes no text beyond ASCII, and a client may send any.
    if not hmac.compare_digest(expected, headers.signature.lower().encode()):
        raise BybitError(Code.SIGNATURE, prefix + payload.decode("utf-8", "replace"))


def sign(secret: str, payload: bytes) -> str:
    """Return the hexadecimal HMAC-SHA256 of a payload."""
    return hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()


def check_stream_login(secret: str, expires: str, signature: str, *, now_ms: int) -> None:
    """Refuse a websocket's auth that is not signed, or that has expired.

    Raises:
        BybitError: 10001 for an expiry that is no time to come, 10004 for the signature.
    """
    if not _is_time(expires) or int(expires) <= now_ms:
        raise BybitError(Code.PARAMETER, message="Params Error")
    expected = sign(secret, f"GET/realtime{expires}".encode())
    if not hmac.compare_digest(expected.encode(), signature.lower().encode()):
        raise BybitError(Code.SIGNATURE, message="Invalid sign")


def _is_time(text: str) -> bool:
    """Tell whether a text is a plain number of milliseconds, of a size that a clock can have."""
    return text.isascii() and text.isdigit() and len(text) <= _TIME_DIGITS_MAX
