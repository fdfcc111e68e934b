"""The lean way in and the way over to aiohttp, over raw sockets."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.paper import Paper, running_paper_exchange

TIME = b"GET /fapi/v1/time HTTP/1.1\r\nHost: x\r\n\r\n"
LISTEN = (
    b"POST /fapi/v1/listenKey HTTP/1.1\r\nHost: x\r\nX-MBX-APIKEY: key-1\r\n"
    b"Content-Length: 12\r\n\r\nnothing=here"
)


class Wire:
    """One raw connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(self) -> tuple[int, dict[str, str], Any]:
        """Read one answer: status, headers, JSON or text."""
        async with asyncio.timeout(60):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode()
            lines = head.strip().split("\r\n")
            headers = {
                name.lower(): value
                for name, _, value in (line.partition(": ") for line in lines[1:])
            }
            body = await self.reader.readexactly(int(headers.get("content-length", 0)))
        is_json = headers.get("content-type", "").startswith("application/json")
        return int(lines[0].split()[1]), headers, json.loads(body) if is_json else body


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


@asynccontextmanager
async def wired(paper: Paper) -> AsyncIterator[Wire]:
    parts = urlsplit(paper.url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
    try:
        yield Wire(reader, writer)
    finally:
        writer.close()


def lean_connections(paper: Paper) -> int:
    """Count the connections that the lean way in still reads."""
    front = paper.exchange.front
    assert front is not None
    return len(front.connections)


async def test_requests_that_come_together_are_answered_in_turn(paper: Paper) -> None:
    async with wired(paper) as wire:
        await wire.send(TIME + LISTEN + TIME)
        assert "serverTime" in (await wire.answer())[2]
        status, headers, body = await wire.answer()
        assert (status, set(body)) == (200, {"listenKey"})
        assert "x-mbx-used-weight-1m" in headers
        assert "date" in headers
        assert "serverTime" in (await wire.answer())[2]
        assert lean_connections(paper) >= 1


async def test_a_request_may_come_in_pieces(paper: Paper) -> None:
    async with wired(paper) as wire:
        for cut in (1, 20, len(LISTEN) - 12, len(LISTEN) - 1):
            await wire.send(LISTEN[:cut])
            await asyncio.sleep(0)
            await wire.send(LISTEN[cut:])
            assert set((await wire.answer())[2]) == {"listenKey"}


@pytest.mark.parametrize(
    "unusual",
    [
        b"GET /fapi/v1/t%69me HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /_paper/health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
        b"GET /fapi/v1/time HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /fapi/v1/time HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"GET /fapi/v1/time HTTP/1.0\r\nHost: x\r\n\r\n",
        b"GET http://x/fapi/v1/time HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_what_is_unusual_is_served_all_the_same(paper: Paper, unusual: bytes) -> None:
    async with wired(paper) as wire:
        await wire.send(TIME)
        await wire.answer()
        before = lean_connections(paper)
        await wire.send(unusual)
        status, _, body = await wire.answer()
        assert (status, bool(body)) == (200, True)
        assert lean_connections(paper) == before - 1


@pytest.mark.parametrize(
    ("broken", "status"),
    [
        (b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"DELETE /fapi/v1/time HTTP/1.1\r\nHost: x\r\n\r\n", 404),
        (b"nonsense\r\n\r\n", 400),
        (b"GET /fapi/v1/time HTTP/1.1\r\nHo st: x\r\n\r\n", 400),
        (b"GET /fapi/v1/time HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
        (b"GET /fapi/v1/time HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 9_000 + b"\r\n\r\n", 400),
    ],
)
async def test_what_is_broken_is_refused_as_before(
    paper: Paper, broken: bytes, status: int
) -> None:
    async with wired(paper) as wire:
        await wire.send(broken)
        assert (await wire.answer())[0] == status


async def test_a_planned_fault_meets_an_open_connection(paper: Paper) -> None:
    async with wired(paper) as wire:
        await wire.send(TIME)
        assert (await wire.answer())[0] == 200
        plan = {"kind": "respond", "path": "/fapi/v1/time", "status": 503, "body": "{}"}
        await paper.control("POST", "/faults", plan)
        await wire.send(TIME)
        assert (await wire.answer())[0] == 503


async def test_a_connection_becomes_a_socket(paper: Paper) -> None:
    async with wired(paper) as wire:
        await wire.send(TIME)
        await wire.answer()
        await wire.send(
            b"GET /market/ws/btcusdt@markPrice HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n"
            b"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            b"Sec-WebSocket-Version: 13\r\n\r\n"
        )
        assert (await wire.answer())[0] == 101


async def test_stopping_ends_the_connections(paper: Paper) -> None:
    async with wired(paper) as wire:
        await wire.send(TIME)
        await wire.answer()
        await paper.exchange.stop()
        async with asyncio.timeout(60):
            assert await wire.reader.read() == b""
