"""Drawn requests and frames over real sockets: nothing fails inside, whatever arrives."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from typing import Any, TypeVar
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.ws_methods import METHODS
from tests.paper_exchange.bybit_endpoints import MARKET, POSTS, SIGNED
from tests.paper_exchange.bybit_endpoints import SOCKETS as BYBIT_SOCKETS
from tests.paper_exchange.fault_desk import KEY, FaultDesk, running_fault_desk, stream_login

T = TypeVar("T")
SOCKETS = (
    "/market/stream",
    "/private/ws",
    "/public/ws",
    "/ws",
    "/ws-fapi/v1",
    *BYBIT_SOCKETS,
)
WORDS = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e400",
            "NaN",
            "BTCUSDT",
            "linear",
            "Buy",
            "BUY",
            "LIMIT",
            "\x00",
            "9" * 60,
        ]
    ),
    st.text(max_size=10),
)
NAMES = st.sampled_from(
    [
        *("symbol", "side", "type", "quantity", "price", "category", "qty", "orderType"),
        *("orderId", "orderLinkId", "newClientOrderId", "timestamp", "apiKey", "signature"),
        *("request", "limit"),
    ]
)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(-(2**70), 2**70), st.floats(), st.booleans(), st.none()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=6,
)
FRAMES = st.one_of(
    st.text(max_size=40),
    st.binary(max_size=40),
    st.fixed_dictionaries(
        {
            "method": st.one_of(st.sampled_from([*METHODS, "SUBSCRIBE", "session.logon"]), VALUES),
            "params": st.one_of(st.dictionaries(NAMES, VALUES, max_size=6), VALUES),
        },
        optional={"id": VALUES},
    ).map(json.dumps),
    st.fixed_dictionaries(
        {
            "op": st.one_of(st.sampled_from(["subscribe", "order.create", "order.amend"]), VALUES),
            "args": st.lists(st.dictionaries(NAMES, VALUES, max_size=6), max_size=2) | VALUES,
        },
        optional={"reqId": VALUES, "req_id": VALUES, "header": VALUES},
    ).map(json.dumps),
)
PATHS = sorted({e.path for e in ENDPOINTS} | {e.path for e in MARKET + SIGNED} | {*POSTS})
REQUESTS = st.tuples(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "PATCH", "TRACE"]),
    st.one_of(st.sampled_from(PATHS), st.text(max_size=20).map(lambda text: "/" + quote(text))),
    st.dictionaries(NAMES, WORDS, max_size=5),
    st.one_of(st.binary(max_size=60), VALUES.map(lambda value: json.dumps(value).encode())),
    st.sampled_from(["", KEY, "nobody"]),
)


def drawn(strategy: st.SearchStrategy[T], count: int) -> list[T]:
    """Draw examples, alike in every run."""
    found: list[T] = []

    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: T) -> None:
        found.append(example)

    run: Callable[[], None] = collect
    run()
    return found


@pytest.fixture(scope="module")
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


@pytest.fixture(autouse=True)
def no_tracebacks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when anything was logged as an error while a test ran."""
    caplog.set_level(logging.ERROR)
    yield
    assert [record.getMessage() for record in caplog.records] == []


async def test_no_drawn_request_is_answered_as_a_failure_of_ours(desk: FaultDesk) -> None:
    for method, path, query, body, key in drawn(REQUESTS, 300):
        headers = {"X-MBX-APIKEY": key, "X-BAPI-API-KEY": key, "X-BAPI-TIMESTAMP": "1"}
        # The wire has bytes: what cannot be written as such never arrives.
        words = {name: value.encode("utf-8", "replace").decode() for name, value in query.items()}
        async with desk.session.request(
            method, f"{desk.paper.url}{path}", params=words, data=body, headers=headers
        ) as answer:
            text = await answer.text(errors="replace")
        assert answer.status < 500, (method, path, text)
        assert "Traceback" not in text


@pytest.mark.parametrize("path", SOCKETS)
async def test_no_drawn_frame_breaks_a_socket_of_the_process(desk: FaultDesk, path: str) -> None:
    async with desk.session.ws_connect(f"{desk.paper.ws_url}{path}") as socket:
        if path in ("/v5/private", "/v5/trade"):
            await socket.send_json({"op": "auth", "args": stream_login()})
            await socket.receive_json(timeout=30)
        frames: list[Any] = drawn(FRAMES, 60)
        with suppress(ConnectionError):  # too many frames in a second end a socket, as they should
            for frame in frames:
                if isinstance(frame, bytes):
                    await socket.send_bytes(frame)
                else:
                    await socket.send_str(frame.encode("utf-8", "replace").decode())
            await socket.ping()
    async with asyncio.timeout(60), desk.session.get(f"{desk.paper.url}/fapi/v1/ping") as answer:
        assert answer.status < 500
