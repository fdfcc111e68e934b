"""Malformed, oversized and hostile requests get Bybit's kind of error, never a crash."""

import asyncio
import json
import logging
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from daemon.paper_exchange.bybit.rest import BybitRest
from daemon.paper_exchange.bybit.signing import sign
from daemon.paper_exchange.wire_call import WireRequest
from tests.paper_exchange.bybit_desk import Client, running_client
from tests.paper_exchange.bybit_endpoints import MARKET, POSTS, SIGNED, SOCKETS
from tests.paper_exchange.test_bybit_history import run

SECRET, KEY = "s", "k"
# How fast examples are drawn says something about the machine only.
SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]
WORDS = st.one_of(
    st.sampled_from(
        [
            "",
            "0",
            "-1",
            "1e999",
            "1e-999",
            "NaN",
            "Infinity",
            "9" * 40,
            "0." + "1" * 40,
            "BTCUSDT",
            "Buy",
            "Limit",
            "linear",
            "spot",
            "null",
            "²",
            "\x00",
            "../../etc/passwd",
            "<script>",
            "' OR 1=1 --",
            "5f0d3c1e-7a42-4b6d-9e21-0000000f4241",
            "1_2_3",
            "99999999999999999999",
        ]
    ),
    st.text(max_size=12),
)
NAMES = st.sampled_from(
    [
        "category",
        "symbol",
        "side",
        "orderType",
        "qty",
        "price",
        "triggerPrice",
        "triggerDirection",
        "timeInForce",
        "orderId",
        "orderLinkId",
        "positionIdx",
        "stopLoss",
        "takeProfit",
        "tpslMode",
        "tpLimitPrice",
        "tpSize",
        "slTriggerBy",
        "tpTriggerBy",
        "triggerBy",
        "indexName",
        "slSize",
        "slOrderType",
        "slLimitPrice",
        "trailingStop",
        "activePrice",
        "reduceOnly",
        "closeOnTrigger",
        "request",
        "settleCoin",
        "limit",
        "cursor",
        "startTime",
        "endTime",
        "start",
        "end",
        "interval",
        "period",
        "coin",
        "amount",
        "transferId",
        "fromAccountType",
        "toAccountType",
        "accountType",
        "buyLeverage",
        "sellLeverage",
        "mode",
        "margin",
        "setMarginMode",
        "riskId",
        "timeWindow",
        "product",
        "orderFilter",
        "execType",
    ]
)
VALUES = st.recursive(
    st.one_of(WORDS, st.integers(-(2**70), 2**70), st.floats(), st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
GOOD: dict[str, Any] = {"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "qty": "0.01"}
BODIES = st.dictionaries(NAMES, VALUES, max_size=8).map(lambda body: GOOD | body)
GETS = st.sampled_from([endpoint.path for endpoint in MARKET + SIGNED])


def make_rest() -> BybitRest:
    _, _, rest = run([("order", "Buy", 100, False), ("limit", "Sell", 200)])
    return rest


def signed(rest: BybitRest, method: str, path: str, *, query: str = "", body: bytes = b"") -> Any:
    """Sign a request as a client does and read its answer."""
    now = "1800000000000"
    payload = f"{now}{KEY}5000".encode() + (query.encode() if method == "GET" else body)
    headers = {
        "X-BAPI-API-KEY": KEY,
        "X-BAPI-TIMESTAMP": now,
        "X-BAPI-RECV-WINDOW": "5000",
        "X-BAPI-SIGN": sign(SECRET, payload),
    }
    answer = rest.respond(WireRequest(method, path, query, headers, body))
    assert answer.status == 200
    return json.loads(answer.body)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(path=st.sampled_from(POSTS), body=BODIES)
def test_no_body_breaks_an_endpoint(path: str, body: dict[str, Any]) -> None:
    raw = json.dumps(body).encode()
    answer = signed(make_rest(), "POST", path, body=raw)
    assert isinstance(answer["retCode"], int)
    assert answer["retMsg"]


@settings(max_examples=60, deadline=None, suppress_health_check=SLOW)
@given(path=st.sampled_from(POSTS), raw=st.binary(max_size=60))
def test_no_bytes_break_an_endpoint(path: str, raw: bytes) -> None:
    answer = signed(make_rest(), "POST", path, body=raw)
    assert isinstance(answer["retCode"], int)


@settings(max_examples=150, deadline=None, suppress_health_check=SLOW)
@given(path=GETS, params=st.dictionaries(NAMES, WORDS, max_size=6), raw=st.text(max_size=20))
def test_no_query_breaks_an_endpoint(path: str, params: dict[str, str], raw: str) -> None:
    query = urlencode({"category": "linear", "symbol": "BTCUSDT", **params}) + "&" + quote(raw)
    answer = signed(make_rest(), "GET", path, query=query)
    assert isinstance(answer["retCode"], int)


HEADERS = st.dictionaries(
    st.sampled_from(
        ["X-BAPI-API-KEY", "X-BAPI-TIMESTAMP", "X-BAPI-RECV-WINDOW", "X-BAPI-SIGN", "X-Other"]
    ),
    st.one_of(WORDS, st.just(KEY), st.just("1800000000000"), st.just("\udcff")),
)


@settings(max_examples=120, deadline=None, suppress_health_check=SLOW)
@given(
    method=st.sampled_from(["GET", "POST", "PUT", "FOO"]),
    path=st.one_of(GETS, st.sampled_from(POSTS), st.text(max_size=20).map("/v5/".__add__)),
    headers=HEADERS,
    body=st.binary(max_size=40),
    query=st.text(max_size=20),
)
def test_no_header_or_path_breaks_the_gate(
    method: str, path: str, headers: dict[str, str], body: bytes, query: str
) -> None:
    answer = make_rest().respond(WireRequest(method, path, query, headers, body))
    assert answer.status in (200, 404)


@pytest.mark.parametrize(
    "raw",
    [
        b"[" * 5000,
        b'{"a":' * 3000,
        b'{"symbol": "\\ud800"}',
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"x"',
        b"{" + b" " * (1 << 18) + b"}",
        b'{"qty": 1e400}',
        b'{"category": "linear", "symbol": "BTCUSDT", "side": "Buy", "qty": NaN}',
        b'{"category": "linear", "qty": "1", "qty": -Infinity}',
        b'{"category": "linear", "category": "spot", "symbol": "BTCUSDT", "qty": "1"}',
        b'{"category": "linear", "request": ' + b"[" * 900 + b"]" * 900 + b"}",
        b'{"category": "linear", "qty": 0.' + b"1" * 5000 + b"}",
        b'{"category": "linear", "request": [1, "x", null]}',
    ],
)
def test_strange_bodies_are_wrong_parameters(raw: bytes) -> None:
    for path in ("/v5/order/create", "/v5/order/create-batch"):
        assert signed(make_rest(), "POST", path, body=raw)["retCode"] == 10001


@pytest.fixture
def no_tracebacks(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Fail when anything was logged as an error while a test ran."""
    caplog.set_level(logging.ERROR)
    yield
    assert [record.getMessage() for record in caplog.records] == []


@asynccontextmanager
async def open_socket(client: Client, path: str) -> AsyncIterator[ClientWebSocketResponse]:
    socket = await client.session.ws_connect(client.desk.server.make_url(path))
    try:
        yield socket
    finally:
        await socket.close()


FRAMES = st.one_of(
    st.text(max_size=30),
    st.binary(max_size=30),
    st.fixed_dictionaries(
        {
            "op": st.one_of(
                st.sampled_from(
                    ["subscribe", "unsubscribe", "ping", "order.create", "order.cancel-batch"]
                ),
                VALUES,
            ),
            "args": st.one_of(VALUES, st.lists(BODIES, min_size=1, max_size=1)),
        },
        optional={
            "req_id": VALUES,
            "reqId": VALUES,
            "header": st.one_of(VALUES, st.just({"X-BAPI-TIMESTAMP": "1800000000000"})),
        },
    ),
)


@pytest.mark.parametrize("path", SOCKETS)
@pytest.mark.parametrize("is_signed_in", [False, True])
@pytest.mark.usefixtures("no_tracebacks")
async def test_no_frame_breaks_a_socket(path: str, is_signed_in: bool) -> None:
    frames: list[Any] = []

    @settings(
        max_examples=80,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=SLOW,
    )
    @given(FRAMES)
    def collect(frame: Any) -> None:
        frames.append(frame)

    collect()
    async with running_client() as client, open_socket(client, path) as socket:
        if is_signed_in and not path.startswith("/v5/public/"):
            await socket.send_json({"op": "auth", "args": client.stream_login()})
            await socket.receive_json(timeout=30)
        for number, frame in enumerate(frames):
            if number % 100 == 0:
                client.desk.clockwork.pass_time(1)
            if isinstance(frame, bytes):
                await socket.send_bytes(frame)
            else:
                text = frame if isinstance(frame, str) else json.dumps(frame)
                await socket.send_str(text.encode("utf-8", "replace").decode())
        await socket.send_json({"op": "ping", "req_id": "last", "reqId": "last"})
        async with asyncio.timeout(60):
            while "pong" not in (await socket.receive_str()):
                continue


async def test_an_oversized_frame_ends_its_connection_only() -> None:
    async with running_client() as client:
        socket = await client.session.ws_connect(client.desk.server.make_url("/v5/private"))
        with suppress(ConnectionError):
            await socket.send_str("x" * (5 << 20))
            assert (await socket.receive(timeout=30)).type is not WSMsgType.TEXT
        with suppress(ConnectionError):
            await socket.close()
        assert (await client.get("/v5/market/time"))["retCode"] == 0
