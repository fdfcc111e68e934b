"""The request that runs: all that a person's act causes bears one id, in events, commands and logs.

Whoever lets people in begins it: the guard for each event of a page, the API for each call; the
daemon takes it over from the command that it carries out.
"""

import re
from contextvars import ContextVar
from dataclasses import dataclass

from patriot_app.core.ids import new_id

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,59}")


@dataclass(frozen=True, slots=True)
class Request:
    """What an act came with.

    Attributes:
        id: at most 64 characters.
        ip: the caller's address as the web server saw it; "" inside the desk.
    """

    id: str
    ip: str = ""


_current: ContextVar[Request | None] = ContextVar("request", default=None)


def begin(*, given: str = "", ip: str = "") -> Request:
    """Begin a request in this task and return it.

    Args:
        given: the caller's own id, kept as `ext:…` so that it passes for none of ours; one that is
            not 8 to 60 letters, digits, dots, underscores and hyphens is not used.
    """
    request = Request(f"ext:{given}" if _GIVEN.fullmatch(given) else f"req-{new_id().hex}", ip)
    _current.set(request)
    return request


def resume(request_id: str) -> None:
    """Go on, in this task, with a request that began in another process."""
    _current.set(Request(request_id))


def current() -> Request | None:
    """Return the request that runs; None: nobody asked, the desk acts by itself."""
    return _current.get()
