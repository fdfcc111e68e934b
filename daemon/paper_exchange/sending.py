"""Writing an answer to a socket, whole or broken."""

from __future__ import annotations

import asyncio
import socket
import struct

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.web_request import BaseRequest

from daemon.paper_exchange.wire_call import Cut, WireAnswer


async def send_answer(
    answer: WireAnswer, request: web.Request, *, closes: bool = False
) -> web.StreamResponse:
    """Make the response that aiohttp sends; a broken one is sent, or withheld, here.

    Args:
        closes: the connection ends after the answer.
    """
    if answer.cut is Cut.BEFORE:
        return _Silence()
    headers = {"Content-Type": answer.content_type, "Server": "nginx", **answer.headers}
    if answer.cut is None and not answer.byte_s:
        response = web.Response(body=answer.body, status=answer.status, headers=headers)
        if closes:
            response.force_close()
        return response
    stream = web.StreamResponse(status=answer.status, headers=headers)
    stream.content_length = len(answer.body)
    await stream.prepare(request)
    if answer.byte_s:
        await _trickle(stream, answer)
    else:
        await stream.write(answer.body[: len(answer.body) // 2])
    if answer.cut is not None and request.transport is not None:
        await asyncio.sleep(0)  # what was written leaves the process first
        _reset(request.transport)
    return stream


def _reset(transport: asyncio.Transport) -> None:
    """End a connection with RST, as a broken middlebox does, instead of a goodbye."""
    connected = transport.get_extra_info("socket")
    if connected is not None:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


async def _trickle(stream: web.StreamResponse, answer: WireAnswer) -> None:
    for number in range(len(answer.body)):
        await stream.write(answer.body[number : number + 1])
        await asyncio.sleep(answer.byte_s)


class _Silence(web.Response):
    """An answer that never comes: the connection breaks instead."""

    async def prepare(self, request: BaseRequest) -> AbstractStreamWriter | None:
        if request.transport is not None:
            request.transport.abort()
        raise ConnectionResetError("broken by a planned fault")
