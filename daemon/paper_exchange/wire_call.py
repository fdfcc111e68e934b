"""One request to an exchange and its answer, free of sockets.

The dialects work requests of this kind; the entrance makes them from sockets, and callers in the
same process may make them by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from multidict import CIMultiDict

JSON: Final = "application/json"
HTML: Final = "text/html"
TEXT: Final = "text/plain"
FRAME: Final = "application/x-frame"
"""The answer is a frame of a trading socket."""


@dataclass(slots=True)
class WireRequest:
    """What a client sent.

    Attributes:
        method: HTTP method; "WS" for a request over a trading socket, whose path then ends with
            the name of its operation.
        path: without the query, percent-decoded.
        query: exactly as sent, since signatures cover it; without the question mark.
        headers: names are case-insensitive.
        remote: the client's address.
    """

    method: str
    path: str
    query: str = ""
    headers: Mapping[str, str] = field(default_factory=CIMultiDict)
    body: bytes = b""
    remote: str = "127.0.0.1"

    @property
    def api_key(self) -> str:
        """Return the key that the caller names in either dialect's header, or ''."""
        headers = self.headers
        return headers.get("X-MBX-APIKEY") or headers.get("X-BAPI-API-KEY") or ""


class Cut(StrEnum):
    """How a connection ends instead of a whole answer."""

    BEFORE = "before"
    """Nothing of the answer arrives."""
    MIDWAY = "midway"
    """The headers promise the whole body, half of it arrives, and then the connection is reset."""


@dataclass(slots=True)
class WireAnswer:
    """What the client gets.

    Attributes:
        cut: the connection ends there; a caller in this process must treat the answer as lost.
        byte_s: seconds between one byte of the body and the next; 0 sends it at once.
    """

    body: bytes = b""
    status: int = 200
    content_type: str = JSON
    headers: dict[str, str] = field(default_factory=dict)
    cut: Cut | None = None
    byte_s: float = 0.0


Respond = Callable[[WireRequest], WireAnswer]
