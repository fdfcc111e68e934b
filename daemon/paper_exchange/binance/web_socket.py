"""One WebSocket: a bounded queue of frames, pings, message limits and the end of its day."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from functools import partial
from typing import Final

from aiohttp import WSMessage, WSMsgType, web

from daemon.paper_exchange.refusal_pages import gateway_page
from daemon.paper_exchange.sockets import Line, Sockets
from daemon.paper_exchange.wire_call import HTML

MESSAGES_A_SECOND: Final = 10
QUEUED_FRAMES: Final = 20_000
LARGEST_MESSAGE: Final = 1 << 20
SILENT_PINGS: Final = 3
"""A client that leaves so many pings without any sign of life is gone."""

_OPEN: Final = frozenset({WSMsgType.TEXT, WSMsgType.BINARY, WSMsgType.PING, WSMsgType.PONG})

Reader = Callable[[str], bytes | None]


class Socket:
    """One connection.

    A client that does not read loses its connection, not the exchange its memory.

    Attributes:
        response: the aiohttp side.
        ping_s: wall seconds between pings.
        life_s: wall seconds until the exchange ends the connection.
        messages_a_second: what a client may send; None counts nothing.
    """

    def __init__(
        self,
        sockets: Sockets,
        *,
        ping_s: float,
        life_s: float,
        messages_a_second: int | None = MESSAGES_A_SECOND,
    ) -> None:
        self.response = web.WebSocketResponse(
            autoping=False, max_msg_size=LARGEST_MESSAGE, compress=False
        )
        self._sockets = sockets
        self._line: Line | None = None
        self._ping_s = ping_s
        self._messages_a_second = messages_a_second
        self._ends_at = asyncio.get_running_loop().time() + life_s
        self._transport: asyncio.Transport | None = None
        self._silent = 0
        self._second, self._messages = 0, 0
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(QUEUED_FRAMES)

    async def open(self, request: web.Request, *, whose: Callable[[], str]) -> None:
        """Accept the connection.

        Args:
            whose: returns the API key that it belongs to, '' before that is known.

        Raises:
            web.HTTPException: the refusal of what is no WebSocket, or of one too many.
        """
        if not self.response.can_prepare(request):
            page = gateway_page("binance", 400, "Bad Request")
            raise web.HTTPBadRequest(text=page.body.decode(), content_type=HTML)
        self._sockets.admit("binance", request)
        await self.response.prepare(request)
        self._transport = request.transport
        self._line = self._sockets.open("binance", request, put=self.put, whose=whose)

    def send(self, frame: bytes) -> None:
        """Send a frame, through the faults that are planned."""
        assert self._line is not None
        self._line.send(frame)

    def put(self, frame: bytes) -> None:
        """Queue a frame."""
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            if self._transport is not None:
                self._transport.abort()

    async def close(self, code: int, reason: bytes) -> None:
        """Close the connection."""
        await self.response.close(code=code, message=reason)

    def leave(self) -> None:
        """Say that the connection is gone."""
        if self._line is not None:
            self._sockets.close(self._line)

    async def run(self, read: Reader) -> None:
        """Send queued frames and answer messages until the socket closes."""
        writer = asyncio.create_task(self._write())
        try:
            await self._read(read)
        finally:
            writer.cancel()
            with contextlib.suppress(asyncio.CancelledError, ConnectionError):
                await writer

    async def _write(self) -> None:
        while True:
            await self.response.send_frame(await self._queue.get(), WSMsgType.TEXT)

    async def _read(self, read: Reader) -> None:
        assert self._line is not None
        while True:
            message = await self._receive()
            if message is None:
                continue
            if message.type not in _OPEN:
                return
            self._silent = 0
            if self._is_too_many():
                await self.close(1008, b"Too many requests")
                return
            if message.type is WSMsgType.PING:
                await self.response.pong(message.data)
            elif message.type is WSMsgType.TEXT:
                work = partial(self._answer, read, message.data)
                await self._sockets.serve_message(self._line, message.data, work)

    def _answer(self, read: Reader, text: str) -> None:
        answer = read(text)
        if answer is not None:
            self.send(answer)

    async def _receive(self) -> WSMessage | None:
        """Wait for a message; None after a ping was due."""
        left_s = self._ends_at - asyncio.get_running_loop().time()
        try:
            return await self.response.receive(timeout=max(0.0, min(self._ping_s, left_s)))
        except TimeoutError:
            if left_s <= self._ping_s:
                await self.close(1001, b"connection is over after its day")
                return WSMessage(WSMsgType.CLOSED, None, None)
            self._silent += 1
            if self._silent > SILENT_PINGS:
                await self.close(1008, b"Pong timeout")
                return WSMessage(WSMsgType.CLOSED, None, None)
            await self.response.ping()
            return None

    def _is_too_many(self) -> bool:
        if self._messages_a_second is None:
            return False
        second = int(asyncio.get_running_loop().time())
        if second != self._second:
            self._second, self._messages = second, 0
        self._messages += 1
        return self._messages > self._messages_a_second
