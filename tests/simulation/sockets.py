"""Streams without sockets: the client's and the server's end of one link.

The client's end is what `websockets.connect` would give, the server's what aiohttp's
`WebSocketResponse` would be; between them frames travel with a delay, in order unless a fault
decides otherwise.
"""

import asyncio
import random
from collections.abc import AsyncIterator, Callable, Generator
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from tests.simulation.errors import StreamCut, StreamGone

Deliver = Callable[["Link", str], list[float]]
"""Returns the delays after which a frame of the server arrives; none if it is lost."""


class Link:
    """One connection.

    Attributes:
        random: the link's own: the exchange tells its connections of news in no certain order.
        is_mute: nothing arrives any more although the connection stands.
    """

    def __init__(self, loop: Any, delays: Deliver, name: str) -> None:
        self.loop = loop
        self.random = random.Random(name)
        self.is_open = True
        self.is_mute = False
        self._delays = delays
        self._to_client: asyncio.Queue[str | None] = asyncio.Queue()
        self._to_server: asyncio.Queue[str | None] = asyncio.Queue()

    def to_client(self, frame: str) -> None:
        """Send a frame of the server on its way."""
        for delay_s in self._delays(self, frame):
            self.loop.call_in_world(delay_s, self.arrive, frame)

    def to_server(self, frame: str) -> None:
        """Send a frame of the client on its way."""
        if self.is_open and not self.is_mute:
            self.loop.call_in_world(0.01, self._to_server.put_nowait, frame)

    def cut(self) -> None:
        """End the connection for both ends."""
        if self.is_open:
            self.is_open = False
            self._to_client.put_nowait(None)
            self._to_server.put_nowait(None)

    async def client_next(self) -> str:
        frame = await self._to_client.get()
        if frame is None:
            self._to_client.put_nowait(None)
            raise StreamCut(None, None)
        return frame

    async def server_next(self) -> str | None:
        return await self._to_server.get()

    def arrive(self, frame: str) -> None:
        """Hand a frame to the client."""
        if self.is_open and not self.is_mute:
            self._to_client.put_nowait(frame)


LINK = web.RequestKey("link", Link)


class ClientEnd:
    """What the product's stream code holds."""

    def __init__(self, link: Link) -> None:
        self.link = link

    async def send(self, message: str | bytes, *, text: bool = True) -> None:
        if not self.link.is_open:
            raise StreamCut(None, None)
        self.link.to_server(message.decode() if isinstance(message, bytes) else message)

    async def recv(self) -> str:
        return await self.link.client_next()

    async def ping(self) -> "asyncio.Future[float]":
        if not self.link.is_open:
            raise StreamCut(None, None)
        pong: asyncio.Future[float] = self.link.loop.create_future()
        if not self.link.is_mute:
            self.link.loop.call_in_world(0.05, _answer, pong)
        return pong

    async def close(self) -> None:
        self.link.cut()


class Opening:
    """An awaitable like the one that `websockets.connect` returns."""

    def __init__(self, opened: Callable[[], Any]) -> None:
        self._opened = opened

    def __await__(self) -> Generator[Any, None, ClientEnd]:
        result: Generator[Any, None, ClientEnd] = self._opened().__await__()
        return result


class ServerEnd(web.WebSocketResponse):
    """Takes the place of aiohttp's server socket."""

    _link: Link | None = None

    def can_prepare(self, request: Any) -> Any:
        """Tell that every request for a stream brings its link."""
        return True

    async def prepare(self, request: Any) -> Any:
        self._link = request[LINK]
        return None

    @property
    def link(self) -> Link:
        assert self._link is not None
        return self._link

    async def send_str(self, data: str, compress: int | None = None) -> None:
        if not self.link.is_open:
            raise StreamGone
        self.link.to_client(data)

    async def send_frame(self, message: bytes, opcode: Any, compress: int | None = None) -> None:
        await self.send_str(message.decode())

    async def ping(self, message: bytes = b"") -> None:
        """Trust that the client's side answers."""

    async def pong(self, message: bytes = b"") -> None:
        """Trust that the client's side hears it."""

    async def receive(self, timeout: float | None = None) -> WSMessage:  # noqa: ASYNC109
        async with asyncio.timeout(timeout):
            frame = await self.link.server_next()
        if frame is None:
            return WSMessage(WSMsgType.CLOSED, None, None)
        return WSMessage(WSMsgType.TEXT, frame, None)

    async def close(self, **_: Any) -> bool:
        self.link.cut()
        return True

    def __aiter__(self) -> AsyncIterator[WSMessage]:  # type: ignore[override]
        return self._messages()

    async def _messages(self) -> AsyncIterator[WSMessage]:
        while (message := await self.receive()).type is WSMsgType.TEXT:
            yield message


def _answer(pong: "asyncio.Future[float]") -> None:
    if not pong.done():
        pong.set_result(0.05)
