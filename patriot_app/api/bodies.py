"""What is sent to the web process is small and comes soon: nobody fills its memory or holds it up.

A body is read whole before anything else sees it, so a form that is too large or too slow reaches no
route. Reflex's own addresses get what its sockets may carry.
"""

import asyncio

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from patriot_app.api.handshakes import REFLEX

FORM_BYTES_MAX = 64 * 1024
FRAME_BYTES_MAX = 256 * 1024
BODY_TIMEOUT_S = 20.0
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


class BoundedBodies:
    """ASGI middleware: 413 for a body that is too large, 408 for one that takes too long.

    Args:
        timeout_s: in which the whole body must have come.
    """

    def __init__(self, app: ASGIApp, *, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self._app = app
        self._timeout_s = timeout_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] not in _WITH_BODY:
            await self._app(scope, receive, send)
            return
        most = FRAME_BYTES_MAX if scope["path"].startswith(REFLEX) else FORM_BYTES_MAX
        declared = Headers(scope=scope).get("content-length", "0")
        if not declared.isdecimal() or len(declared) > 9 or int(declared) > most:
            await _too_large(most)(scope, receive, send)
            return
        try:
            async with asyncio.timeout(self._timeout_s):
                body = await _read(receive, most=most)
        except TimeoutError:
            answer = PlainTextResponse("The form came too slowly; send it again", status_code=408)
            await answer(scope, receive, send)
            return
        if body is None:
            await _too_large(most)(scope, receive, send)
            return
        await self._app(scope, _again(body, receive), send)


async def _read(receive: Receive, *, most: int) -> bytes | None:
    """Return the whole body; None: it is larger than that."""
    parts, size, is_more = [], 0, True
    while is_more:
        message = await receive()
        if message["type"] != "http.request":
            break
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > most:
            return None
        is_more = message.get("more_body", False)
    return b"".join(parts)


def _again(body: bytes, receive: Receive) -> Receive:
    """Return what tells the body once more, then what comes after it."""
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def told() -> Message:
        return waiting.pop() if waiting else await receive()

    return told


def _too_large(most: int) -> PlainTextResponse:
    text = f"This is too large: at most {most // 1024} KiB are taken in"
    return PlainTextResponse(text, status_code=413, headers={"connection": "close"})
