"""Hostile clients: whatever arrives, the answer is an exchange's own and the process goes on."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from io import BytesIO

import aiohttp
import pytest

from daemon.paper_exchange.listening import HEADERS_MAX, LINE_MAX
from tests.paper import Paper
from tests.paper_exchange.fault_desk import FaultDesk, running_fault_desk

PATIENCE_S = 30.0
PATHS = ("/fapi/v1/order", "/v5/order/create")
TRACES = ("Traceback", "aiohttp", 'File "', "Error handling")


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


async def send_bytes(paper: Paper, content: bytes) -> bytes:
    """Send bytes as they are and return what comes until the connection ends."""
    host, port = paper.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        async with asyncio.timeout(PATIENCE_S):
            writer.write(content)
            await writer.drain()
            return await reader.read(1 << 20)
    except ConnectionError:
        return b""
    finally:
        writer.close()


async def is_well(desk: FaultDesk) -> bool:
    """Tell whether the exchange still trades."""
    health = await desk.paper.control("GET", "/health")
    placed = await desk.place("binance", "well-1")
    return bool(health["status"] == "ok" and placed.status == 200)


def head(path: str, *lines: str, method: str = "POST") -> bytes:
    """Write the head of a request."""
    return "\r\n".join((f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *lines, "", "")).encode()


MALFORMED: dict[str, bytes] = {
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + b"\xff" * 64 + b"\r\n\r\n",
    "a long line": b"GET /" + b"a" * (LINE_MAX * 2) + b" HTTP/1.1\r\n\r\n",
    "a long header": head("/fapi/v1/ping", f"X-Long: {'a' * (LINE_MAX * 2)}", method="GET"),
    "many headers": head(
        "/fapi/v1/ping", *(f"X-{n}: {n}" for n in range(HEADERS_MAX * 3)), method="GET"
    ),
    "a bad length": head("/fapi/v1/order", "Content-Length: minus one"),
    "two lengths": head("/fapi/v1/order", "Content-Length: 3", "Content-Length: 4") + b"abcd",
    "bad chunks": head("/fapi/v1/order", "Transfer-Encoding: chunked") + b"zz\r\nabc\r\n0\r\n\r\n",
    "a header without a name": head("/fapi/v1/ping", ": nothing", method="GET"),
    "a null in a header": head("/fapi/v1/ping", "X-Null: a\x00b", method="GET"),
    "a strange method": b"\x00\x01 / HTTP/1.1\r\n\r\n",
    "a strange version": b"GET / HTTP/9.9.9\r\n\r\n",
    "a strange target": b"GET http://[::1 HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n",
}


@pytest.mark.parametrize("name", sorted(MALFORMED))
async def test_what_is_no_request_gets_a_plain_page(desk: FaultDesk, name: str) -> None:
    answer = await send_bytes(desk.paper, MALFORMED[name])
    status, _, rest = answer.partition(b"\r\n")
    assert status.split(b" ")[1] in {b"400", b"404", b"413", b"414", b"431", b"505"}, answer[:200]
    assert not any(trace.encode() in rest.partition(b"\r\n\r\n")[2] for trace in TRACES)
    assert await is_well(desk)


@pytest.mark.parametrize("path", PATHS)
async def test_a_body_that_is_too_large_is_refused(desk: FaultDesk, path: str) -> None:
    async with desk.session.post(
        f"{desk.paper.url}{path}", data=BytesIO(b"a" * (3 << 20))
    ) as answer:
        text = await answer.text()
    if path.startswith("/v5"):
        assert json.loads(text)["retCode"] == 10001
    else:
        assert answer.status == 413
        assert "Request Entity Too Large" in text
    assert await is_well(desk)


@pytest.mark.parametrize("path", [*PATHS, "/_paper/faults"])
@pytest.mark.parametrize(
    "body",
    [
        b"[" * 50_000,
        b'{"a":' * 50_000,
        b"\xff\xfe\x00",
        b'{"qty": NaN, "quantity": 1e400}',
        b'{"category": "linear", "symbol": {"a": []}, "qty": 1e400, "side": [], "orderType": 7}',
        b"null",
        b"0",
        b"%ff=%fe&symbol=%00",
        b"&&&==;;",
        b'"' + b"\\ud800" * 10 + b'"',
    ],
)
async def test_a_strange_body_is_refused_in_the_exchanges_words(
    desk: FaultDesk, path: str, body: bytes
) -> None:
    for kind in ("application/json", "application/x-www-form-urlencoded", "image/png; x=\xe9", ""):
        headers = {"Content-Type": kind, "X-MBX-APIKEY": "key-1", "X-BAPI-API-KEY": "key-1"}
        async with desk.session.post(
            f"{desk.paper.url}{path}", data=body, headers=headers
        ) as answer:
            content = json.loads(await answer.text())
        assert answer.status < 500, content
        if path.startswith("/v5"):
            assert content["retCode"] != 0
        elif path.startswith("/_paper"):
            assert answer.status == 400
            assert content["field"]
            assert content["rule"]
        else:
            assert content["code"] < 0


async def test_a_slow_body_holds_up_nobody(desk: FaultDesk) -> None:
    host, port = desk.paper.url.removeprefix("http://").split(":")
    slow = [await asyncio.open_connection(host, int(port)) for _ in range(50)]
    for _, writer in slow:
        writer.write(head("/fapi/v1/order", "Content-Length: 1000") + b"a=")
    assert await is_well(desk)
    for _, writer in slow:
        writer.close()


async def test_many_idle_connections_hold_up_nobody(desk: FaultDesk) -> None:
    host, port = desk.paper.url.removeprefix("http://").split(":")
    idle = [await asyncio.open_connection(host, int(port)) for _ in range(300)]
    assert await is_well(desk)
    for _, writer in idle:
        writer.close()


SOCKETS = (
    "/ws-fapi/v1",
    "/public/ws",
    "/private/ws",
    "/v5/trade",
    "/v5/private",
    "/v5/public/linear",
)
FRAMES: tuple[str | bytes, ...] = (
    "",
    "null",
    "[]",
    "{}",
    "{",
    "[" * 50_000,
    '{"op": 1e400, "method": NaN}',
    '{"op": "subscribe", "args": {"a": 1}}',
    '{"op": "auth", "args": [[], {}, null]}',
    '{"op": ["auth"], "args": "x", "req_id": {"a": [1]}}',
    '{"id": {"a": 1}, "method": "order.place", "params": [1, 2]}',
    '{"id": 1, "method": "SUBSCRIBE", "params": {"x": 1}}',
    '{"id": 1, "method": "SUBSCRIBE", "params": [null, 1, "\\ud800", "@@@", "!"]}',
    '{"id": 1, "method": "order.place", "params": {"apiKey": [], "timestamp": {}, "symbol": 3}}',
    '{"op": "order.create", "header": [], "args": [null]}',
    '{"op": "order.create", "header": {"X-BAPI-TIMESTAMP": []}, "args": [{"category": []}]}',
    b"\x00\xff\xfe",
)


@pytest.mark.parametrize("path", SOCKETS)
async def test_strange_frames_break_nothing_but_their_own_socket(
    desk: FaultDesk, path: str
) -> None:
    for frame in FRAMES:
        async with desk.session.ws_connect(f"{desk.paper.ws_url}{path}") as socket:
            if isinstance(frame, str):
                await socket.send_str(frame)
            else:
                await socket.send_bytes(frame)
            await socket.ping()
            await socket.send_str('{"op":"ping","id":1,"method":"LIST_SUBSCRIPTIONS"}')
            async with asyncio.timeout(PATIENCE_S):
                message = await socket.receive()
            if message.type is aiohttp.WSMsgType.TEXT:
                assert not any(trace in message.data for trace in TRACES)
    assert await is_well(desk)


@pytest.mark.parametrize("path", SOCKETS)
async def test_a_huge_frame_ends_its_socket(desk: FaultDesk, path: str) -> None:
    async with desk.session.ws_connect(f"{desk.paper.ws_url}{path}") as socket:
        with suppress(ConnectionError):
            await socket.send_str("a" * (8 << 20))
        async with asyncio.timeout(PATIENCE_S):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                assert "Traceback" not in message.data
    assert await is_well(desk)


async def test_a_plain_request_to_a_socket_is_refused(desk: FaultDesk) -> None:
    for path in SOCKETS:
        async with desk.session.get(f"{desk.paper.url}{path}") as answer:
            assert 400 <= answer.status < 500
