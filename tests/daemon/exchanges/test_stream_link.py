"""A stream that is lost, silent, old or speaks nonsense is opened anew."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import pytest
from websockets.asyncio.server import ServerConnection, serve

from daemon.exchanges.stream_link import Shared, StreamBroken, StreamLink, shared_streams
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange


@dataclass
class Server:
    """A WebSocket server that does what a test says with each message."""

    url: str = ""
    connections: int = 0
    received: list[Any] = field(default_factory=list)
    on_open: Callable[[int], str | None] = lambda _number: None
    answer: Callable[[Any], str | None] = lambda _message: None

    async def serve(self, connection: ServerConnection) -> None:
        self.connections += 1
        first = self.on_open(self.connections)
        if first is not None:
            await connection.send(first)
        async for raw in connection:
            message = orjson.loads(raw)
            self.received.append(message)
            reply = self.answer(message)
            if reply is not None:
                await connection.send(reply)


@dataclass
class Plain:
    """The simplest protocol: it remembers what it is told."""

    url: str
    ping: dict[str, Any] | None = None
    hello: list[dict[str, Any]] = field(default_factory=list)
    messages: list[Any] = field(default_factory=list)
    connected: int = 0
    exchange = Exchange.BYBIT
    kind = "test"

    async def open_url(self) -> str:
        return self.url

    def greetings(self) -> list[dict[str, Any]]:
        return self.hello

    def is_greeted(self, message: Any) -> bool:
        if message.get("op") == "refuse":
            raise StreamBroken("refused")
        return message.get("op") == "welcome"

    async def on_connected(self) -> None:
        self.connected += 1

    async def on_message(self, message: Any) -> None:
        self.messages.append(message)

    async def keep_alive(self) -> dict[str, Any] | None:
        return self.ping


@asynccontextmanager
async def running(server: Server) -> AsyncIterator[None]:
    async with serve(server.serve, "127.0.0.1", 0) as listening:
        server.url = f"ws://127.0.0.1:{next(iter(listening.sockets)).getsockname()[1]}"
        yield


@asynccontextmanager
async def linked(protocol: Plain, shared: Shared) -> AsyncIterator[StreamLink]:
    link = StreamLink(protocol, shared)
    task = asyncio.create_task(link.run())
    try:
        yield link
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def until(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


def quick(**changes: float) -> Shared:
    shared = shared_streams(SystemClock(), random=lambda: -0.5)
    shared.ping_every_s = 0.05
    for name, value in changes.items():
        setattr(shared, name, value)
    return shared


async def test_a_server_that_answers_no_ping_is_left() -> None:
    server = Server()
    async with running(server):
        protocol = Plain(server.url, ping={"op": "ping"})
        async with linked(protocol, quick(stale_after_s=0.12)):
            await until(lambda: protocol.connected >= 2)
    assert {"op": "ping"} in server.received


@pytest.mark.parametrize("ping", [{"op": "ping"}, None], ids=["by message", "by WebSocket"])
async def test_a_server_that_answers_pings_is_kept(ping: dict[str, Any] | None) -> None:
    server = Server(answer=lambda _message: '{"op":"pong"}')
    async with running(server):
        protocol = Plain(server.url, ping=ping)
        # Long enough for a busy machine to answer, short enough to be outlived several times.
        async with linked(protocol, quick(stale_after_s=1.5)) as link:
            began = asyncio.get_running_loop().time()
            await until(lambda: asyncio.get_running_loop().time() > began + 4)
            assert link.is_connected
    assert server.connections == 1


async def test_an_old_stream_is_renewed() -> None:
    server = Server(answer=lambda _message: '{"op":"pong"}')
    async with running(server):
        protocol = Plain(server.url, ping={"op": "ping"})
        async with linked(protocol, quick(age_s_max=0.1)):
            await until(lambda: protocol.connected >= 2)


async def test_nonsense_is_left_and_what_follows_is_heard() -> None:
    server = Server(on_open=lambda number: "<html>" if number == 1 else '{"fine":1}')
    async with running(server):
        protocol = Plain(server.url)
        async with linked(protocol, quick()):
            await until(lambda: bool(protocol.messages))
    assert protocol.messages == [{"fine": 1}]
    assert server.connections == 2


async def test_a_refused_greeting_is_not_a_connection() -> None:
    server = Server(answer=lambda _message: '{"op":"refuse"}')
    async with running(server):
        protocol = Plain(server.url, hello=[{"op": "auth"}])
        async with linked(protocol, quick()) as link:
            await until(lambda: server.connections >= 3)
            assert not link.is_connected
    assert protocol.connected == 0


async def test_messages_before_the_welcome_are_not_lost() -> None:
    server = Server(on_open=lambda _n: '{"early":1}', answer=lambda _message: '{"op":"welcome"}')
    async with running(server):
        protocol = Plain(server.url, hello=[{"op": "auth"}])
        async with linked(protocol, quick()) as link:
            await until(lambda: link.is_connected)
            assert await link.send({"op": "more"})
            await until(lambda: {"op": "more"} in server.received)
    assert {"early": 1} in protocol.messages


async def test_nothing_is_sent_without_a_stream() -> None:
    link = StreamLink(Plain("ws://127.0.0.1:1"), quick())
    assert not await link.send({"op": "more"})
