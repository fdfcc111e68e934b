"""One websocket of a Bybit client: a bounded queue out, words in."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any, Final
from uuid import uuid4

import orjson
from aiohttp import WSMsgType, web

QUEUE_MAX: Final = 10_000
"""Frames that may wait for a slow reader; then the connection is closed."""
Json = dict[str, Any]


class Connection:
    """A client's connection; frames leave in the order in which they were sent."""

    def __init__(self, socket: web.WebSocketResponse, transport: asyncio.Transport | None) -> None:
        self.id = str(uuid4())
        self.topics: set[str] = set()
        self.api_key = ""
        """The account that signed in; empty before."""
        self._socket = socket
        self._transport = transport
        self._queue: asyncio.Queue[bytes] = asyncio.Queue(maxsize=QUEUE_MAX)

    def send(self, frame: bytes) -> None:
        """Queue a frame; a reader that has fallen far behind loses the connection."""
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
        """Return the next message that is a JSON object; None when the connection ends."""
        while True:
            message = await self._socket.receive()
            if message.type is not WSMsgType.TEXT:
                return None
            try:
                found = orjson.loads(message.data)
            except orjson.JSONDecodeError:
                self.send_json({"success": False, "ret_msg": "error:json", "conn_id": self.id})
                continue
            if isinstance(found, dict):
                return found
