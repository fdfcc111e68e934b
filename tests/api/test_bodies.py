"""Bodies of requests: how large and how slow they may be."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from patriot_app.api.bodies import FORM_BYTES_MAX, FRAME_BYTES_MAX, BoundedBodies

SERVED = b"served"


async def sent(
    parts: Sequence[bytes],
    *,
    path: str = "/api/session",
    method: str = "POST",
    declared: str | None = None,
    timeout_s: float = 60,
) -> tuple[int, bytes]:
    """Send a body in parts, the last of which never ends if it is empty; return status and body."""
    waiting, answer = list(parts), list[Message]()

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        part = waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(waiting) or not part}

    async def send(message: Message) -> None:
        answer.append(message)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        body = (await receive())["body"] if scope["method"] != "GET" else SERVED
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": body})

    headers = [] if declared is None else [(b"content-length", declared.encode())]
    scope: Scope = {"type": "http", "method": method, "path": path, "headers": headers}
    await BoundedBodies(app, timeout_s=timeout_s)(scope, receive, send)
    return answer[0]["status"], b"".join(one.get("body", b"") for one in answer[1:])


async def test_a_form_arrives_whole_however_it_was_cut() -> None:
    assert await sent([b"email=", b"ada", b"@x"]) == (200, b"email=ada@x")
    assert (await sent([b"x" * FORM_BYTES_MAX]))[0] == 200


@pytest.mark.parametrize("declared", [str(FORM_BYTES_MAX + 1), "9" * 30, "-1", "ten"])
async def test_what_says_that_it_is_too_large_is_not_even_read(declared: str) -> None:
    status, text = await sent([], declared=declared)
    assert status == 413
    assert b"at most 64 KiB" in text


async def test_what_does_not_say_how_large_it_is_is_cut_off() -> None:
    assert (await sent([b"x" * 1024] * 65))[0] == 413


async def test_sockets_of_pages_may_carry_more() -> None:
    assert (await sent([b"x" * FRAME_BYTES_MAX], path="/_event"))[0] == 200
    assert (await sent([b"x" * (FRAME_BYTES_MAX + 1)], path="/_event"))[0] == 413


async def test_a_body_that_never_ends_is_given_up() -> None:
    status, text = await sent([b"half", b""], timeout_s=0)
    assert status == 408
    assert b"send it again" in text


async def test_what_only_reads_is_not_held_up() -> None:
    assert await sent([], method="GET", declared="0") == (200, SERVED)
