"""Keep session tokens away from Reflex, which stores the headers of a handshake in each page's state.

A state may lie in a file or in another server's memory, and what lies there must let nobody in. So
the cookie of a handshake is replaced by the hash that the database knows: it finds the session and
opens none, since whatever comes as a cookie is hashed again.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from patriot_app.core.domain import session_cookies
from patriot_app.core.queries.sessions import hash_token

REFLEX = "/_"
"""Every address of Reflex's own begins so; ours never do."""


class HashedCookies:
    """ASGI middleware: Reflex's own addresses get the hash of a session token, and no other cookie."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in {"http", "websocket"} and scope["path"].startswith(REFLEX):
            scope = {**scope, "headers": _without_tokens(scope)}
        await self._app(scope, receive, send)


def _without_tokens(scope: Scope) -> list[tuple[bytes, bytes]]:
    token = session_cookies.token_of(Headers(scope=scope).get("cookie", ""))
    kept = [(name, value) for name, value in scope["headers"] if name.lower() != b"cookie"]
    if token:
        hashed = f"{session_cookies.NAME}={hash_token(token).hex()}"
        kept.append((b"cookie", hashed.encode()))
    return kept
