"""One websocket of a Bybit client: a bounded queue out, words in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import orjson
from aiohttp import WSMsgType, web

from daemon.paper_exchange.sockets import Line

QUEUE_MAX: Final = 10_000
"""Frames that may wait for a slow reader; then the connection is closed."""
IDLE_S: Final = 600.0
"""A connection without a word from either side for so long is closed."""
Json = dict[str, Any]


class Connection:
    """A client's connection; frames leave in the order in which they were sent.

    Args:
        address: where the client calls from.
        idle_s: how long both sides may be silent.
    """

    def __init__(
        self,
        socket: web.WebSocketResponse,
        transport: asyncio.Transport | None,
        *,
        address: str,
        idle_s: float = IDLE_S,
    ) -> None:
        self.id = str(uuid4())
        self.address = address
        self.topics: set[str] = set()
        self.api_key = ""
        """The account that signed in; empty before."""
        self._socket = socket
        self._transport = transport
        self._idle_s = idle_s
        self._has_sent = False
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=QUEUE_MAX)
        self.line: Line | None = None
        """The way that frames take out; None sends them as they are."""

    def send(self, frame: bytes) -> None:
        """Send a frame, through the faults that are planned."""
        if self.line is None:
            self.put(frame)
        else:
            self.line.send(frame)

    def put(self, frame: bytes) -> None:
        """Queue a frame; a reader that has fallen far behind loses the connection."""
        self._has_sent = True
        try:
            self._queue.put_nowait(frame)
        except asyncio.QueueFull:
            self.topics.clear()
            self.abort()

    def send_json(self, message: Json) -> None:
        """Queue a message."""
        self.send(orjson.dumps(message))

    def abort(self) -> None:
        """Break the connection without a goodbye."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self) -> None:
        """Close the connection politely."""
        await self._socket.close()

    async def write(self) -> None:
        """Send what is queued until the connection ends."""
        with suppress(ConnectionError):
            while True:
                frame = await self._queue.get()
                await self._socket.send_str(frame.decode())
                self._queue.task_done()

    async def flush(self) -> None:
        """Wait until what is queued has left, a second at most."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._queue.join(), timeout=1)

    async def read(self) -> Json | None:
        """Return the next message; an empty one for what is no JSON object, None at the end."""
        while True:
            self._has_sent = False
            try:
                message = await self._socket.receive(timeout=self._idle_s)
            except TimeoutError:
                if self._has_sent:
                    continue
                return None
            if message.type not in (WSMsgType.TEXT, WSMsgType.BINARY):
                return None
            try:
                found = orjson.loads(message.data)
            except orjson.JSONDecodeError:
                return {}
            return found if isinstance(found, dict) else {}
