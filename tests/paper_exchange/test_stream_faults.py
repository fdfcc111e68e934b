"""Faults of streams, over real sockets of both exchanges."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest
from aiohttp import WSMsgType

from daemon.paper_exchange.faults.kinds import STREAM_KINDS, FaultKind
from tests.paper_exchange.fault_desk import KEY, FaultDesk, running_fault_desk, stream_login

K = FaultKind
PATIENCE_S = 30.0
both = pytest.mark.parametrize("exchange", ["binance", "bybit"])
ORDER_EVENT = {"binance": "ORDER_TRADE_UPDATE", "bybit": "order"}


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


class UserStream:
    """An account's stream; order events become (client order id, status)."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, exchange: str) -> None:
        self.socket = socket
        self._event = ORDER_EVENT[exchange]

    async def next_frame(self) -> str:
        async with asyncio.timeout(PATIENCE_S):
            message = await self.socket.receive()
        assert message.type is WSMsgType.TEXT, message
        return str(message.data)

    async def next_orders(self, count: int) -> list[tuple[str, str]]:
        """Wait for so many order events."""
        found: list[tuple[str, str]] = []
        while len(found) < count:
            frame = json.loads(await self.next_frame())
            if frame.get("e") == self._event:
                found.append((frame["o"]["c"], frame["o"]["X"]))
            elif str(frame.get("topic", "")).startswith(self._event):
                found += [(row["orderLinkId"], row["orderStatus"]) for row in frame["data"]]
        return found

    async def until_closed(self) -> WSMsgType:
        async with asyncio.timeout(PATIENCE_S):
            while (message := await self.socket.receive()).type is WSMsgType.TEXT:
                pass
        return message.type


@asynccontextmanager
async def user_stream(desk: FaultDesk, exchange: str) -> AsyncIterator[UserStream]:
    """Open the account's stream."""
    if exchange == "binance":
        key = (await desk.binance("POST", "/fapi/v1/listenKey")).body["listenKey"]
        url = f"{desk.paper.ws_url}/private/ws?listenKey={key}"
        async with desk.session.ws_connect(url) as socket:
            await until(lambda: _is_bound(desk))
            yield UserStream(socket, exchange)
        return
    async with desk.session.ws_connect(f"{desk.paper.ws_url}/v5/private") as socket:
        await socket.send_json({"op": "auth", "args": stream_login()})
        assert (await socket.receive_json())["success"] is True
        await socket.send_json({"op": "subscribe", "args": ["order"]})
        assert (await socket.receive_json())["success"] is True
        yield UserStream(socket, exchange)


def hold_delays(desk: FaultDesk) -> asyncio.Event:
    """Let no delay of a fault pass before the event is set, however slow the machine is."""
    passes = asyncio.Event()

    async def wait(seconds: float) -> None:
        await passes.wait()

    desk.paper.exchange.host.faults.sleep = wait
    return passes


async def _is_bound(desk: FaultDesk) -> bool:
    lines = desk.paper.exchange.host.sockets.lines
    return any(line.whose() == KEY for line in lines)


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(PATIENCE_S):
        while not await condition():
            await asyncio.sleep(0.01)


def test_every_kind_of_stream_fault_has_its_test() -> None:
    assert {
        K.EVENT_DUPLICATE,
        K.EVENT_LATE,
        K.EVENT_REORDER,
        K.EVENT_MISSING,
        K.EVENT_MISROUTED,
        K.GARBAGE_FRAME,
        K.STALL,
        K.DISCONNECT,
        K.CONNECTION_LIMIT,
        K.CONNECTION_RATE,
    } == STREAM_KINDS


@both
async def test_an_event_comes_twice(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        await desk.plan("event_duplicate", exchange=exchange, event=ORDER_EVENT[exchange])
        await desk.rest(exchange)
        first, second = await stream.next_orders(2)
        assert first == second
        assert first[0] == "mine-1"
    (record,) = await desk.happened()
    assert (record["fault"], record["client_ids"]) == ("event_duplicate", ["mine-1"])


@both
async def test_an_event_never_comes(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        await desk.plan("event_missing", client_id="lost-*", event=ORDER_EVENT[exchange])
        await desk.rest(exchange, "lost-1")
        await desk.rest(exchange, "mine-2")
        assert (await stream.next_orders(1))[0][0] == "mine-2"


@both
async def test_a_later_event_overtakes(desk: FaultDesk, exchange: str) -> None:
    hold_delays(desk)
    async with user_stream(desk, exchange) as stream:
        await desk.plan("event_reorder", event=ORDER_EVENT[exchange])
        await desk.rest(exchange)
        await desk.cancel(exchange)
        statuses = [status.upper() for _, status in await stream.next_orders(2)]
        assert [status[:6] for status in statuses] == ["CANCEL", "NEW"]


@both
async def test_an_event_comes_late(desk: FaultDesk, exchange: str) -> None:
    passes = hold_delays(desk)
    async with user_stream(desk, exchange) as stream:
        await desk.plan("event_late", event=ORDER_EVENT[exchange], delay_s=60)
        await desk.rest(exchange, "late-1")
        await desk.rest(exchange, "mine-2")
        assert (await stream.next_orders(1))[0][0] == "mine-2"
        passes.set()
        assert (await stream.next_orders(1))[0][0] == "late-1"


@both
async def test_an_event_that_nothing_overtakes_comes_in_the_end(
    desk: FaultDesk, exchange: str
) -> None:
    passes = hold_delays(desk)
    async with user_stream(desk, exchange) as stream:
        await desk.plan("event_reorder", event=ORDER_EVENT[exchange], client_id="held-*")
        await desk.rest(exchange, "held-1")
        passes.set()
        assert (await stream.next_orders(1))[0][0] == "held-1"


@both
async def test_garbage_comes_before_an_event(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        event = ORDER_EVENT[exchange]
        await desk.plan("garbage_frame", exchange=exchange, event=event, frame="{not json")
        await desk.rest(exchange)
        while (frame := await stream.next_frame()) != "{not json":
            assert frame.startswith("{")
        assert (await stream.next_orders(1))[0][0] == "mine-1"


@both
async def test_an_event_arrives_at_another_account(desk: FaultDesk, exchange: str) -> None:
    await desk.paper.create_account(exchange, "other")
    async with user_stream(desk, exchange) as stream:
        event = ORDER_EVENT[exchange]
        await desk.plan("event_misrouted", api_key=KEY, event=event, to_api_key="other")
        await desk.rest(exchange, "lost-1")
        await desk.rest(exchange, "mine-2")
        assert (await stream.next_orders(1))[0][0] == "mine-2"
    (record,) = await desk.happened()
    assert record["fault"] == "event_misrouted"


@both
async def test_a_socket_stays_open_and_silent(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        fault = await desk.plan("stall", exchange=exchange)
        await desk.rest(exchange, "lost-1")
        await stream.socket.ping()
        await desk.paper.control("DELETE", f"/faults/{fault['id']}")
        await desk.rest(exchange, "mine-2")
        assert (await stream.next_orders(1))[0][0] == "mine-2"


@both
async def test_a_stall_ends_in_time_by_itself(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        await desk.plan("stall", exchange=exchange, for_s=0.3)
        await stream.socket.send_str("while nobody reads")

        async def is_over() -> bool:
            return not (await desk.paper.control("GET", "/faults"))["planned"]

        await until(is_over)
        await desk.rest(exchange, "mine-2")
        assert (await stream.next_orders(1))[0][0] == "mine-2"


@both
async def test_nobody_connects_during_maintenance(desk: FaultDesk, exchange: str) -> None:
    await desk.plan("maintenance", exchange=exchange)
    path = "/market/ws" if exchange == "binance" else "/v5/public/linear"
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await desk.session.ws_connect(f"{desk.paper.ws_url}{path}")
    assert refused.value.status == 503


@both
async def test_sockets_break_at_once(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        fault = await desk.plan("disconnect", exchange=exchange)
        assert fault["fired"] == 1
        assert await stream.until_closed() in {WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR}
    (record,) = await desk.happened()
    assert record["detail"] == "1 sockets"


@both
async def test_a_socket_breaks_instead_of_an_event(desk: FaultDesk, exchange: str) -> None:
    async with user_stream(desk, exchange) as stream:
        event = ORDER_EVENT[exchange]
        await desk.plan("disconnect", at_once=False, event=event, after=1)
        await desk.rest(exchange)
        assert (await stream.next_orders(1))[0][0] == "mine-1"
        await desk.cancel(exchange)
        assert await stream.until_closed() in {WSMsgType.CLOSED, WSMsgType.CLOSE, WSMsgType.ERROR}


@both
async def test_an_address_may_have_so_many_sockets(desk: FaultDesk, exchange: str) -> None:
    await desk.plan("connection_limit", exchange=exchange, limit=1)
    path = "/market/ws/btcusdt@markPrice" if exchange == "binance" else "/v5/public/linear"
    async with desk.session.ws_connect(f"{desk.paper.ws_url}{path}"):
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await desk.session.ws_connect(f"{desk.paper.ws_url}{path}")
        assert refused.value.status == 429


@both
async def test_an_address_may_open_so_many_sockets_in_five_minutes(
    desk: FaultDesk, exchange: str
) -> None:
    await desk.plan("connection_rate", exchange=exchange, limit=2)
    path = "/market/ws" if exchange == "binance" else "/v5/public/linear"
    for _ in range(2):
        await (await desk.session.ws_connect(f"{desk.paper.ws_url}{path}")).close()
    with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
        await desk.session.ws_connect(f"{desk.paper.ws_url}{path}")
    assert refused.value.status == 429
    faults = desk.paper.exchange.host.faults
    true_ms = faults.now_ms
    faults.now_ms = lambda: true_ms() + 300_001
    await (await desk.session.ws_connect(f"{desk.paper.ws_url}{path}")).close()
    (record,) = await desk.happened()
    assert record["fault"] == "connection_rate"


@both
@pytest.mark.parametrize("kind", ["key_revoked", "ip_not_allowed"])
async def test_the_stream_of_a_refused_key_ends(desk: FaultDesk, exchange: str, kind: str) -> None:
    async with user_stream(desk, exchange) as stream:
        await desk.plan(kind, exchange=exchange, api_key=KEY)
        await _ends(stream, exchange)


@both
@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("permissions_change", {"permissions": {"read": False}}),
        ("ip_restriction", {"addresses": ["10.0.0.1"]}),
    ],
)
async def test_the_stream_of_a_key_that_lost_its_rights_ends(
    desk: FaultDesk, exchange: str, kind: str, body: dict[str, Any]
) -> None:
    async with user_stream(desk, exchange) as stream:
        await desk.plan(kind, exchange=exchange, api_key=KEY, **body)
        await _ends(stream, exchange)


@both
async def test_rights_that_streams_do_not_need_leave_them_alone(
    desk: FaultDesk, exchange: str
) -> None:
    async with user_stream(desk, exchange) as stream:
        body = {"permissions": {"withdraw": True}}
        await desk.plan("permissions_change", exchange=exchange, api_key=KEY, **body)
        await desk.plan("key_revoked", exchange=exchange, api_key=KEY, times=1)
        await desk.place(exchange)
        await desk.rest(exchange, "still-here")
        assert ("still-here", "NEW" if exchange == "binance" else "New") in (
            await stream.next_orders(1)
        )


async def _ends(stream: UserStream, exchange: str) -> None:
    """Wait until Binance says that the listen key has ended, or Bybit hangs up."""
    if exchange == "binance":
        while json.loads(await stream.next_frame()).get("e") != "listenKeyExpired":
            continue
    else:
        assert await stream.until_closed() is not WSMsgType.TEXT


async def test_the_listen_key_ends(desk: FaultDesk) -> None:
    async with user_stream(desk, "binance") as stream:
        await desk.plan("listen_key_expired", exchange="binance", api_key=KEY)
        while json.loads(frame := await stream.next_frame()).get("e") != "listenKeyExpired":
            assert frame
    assert (await desk.binance("PUT", "/fapi/v1/listenKey")).code == -1125


async def test_a_swarm_loses_events_by_its_seed(desk: FaultDesk) -> None:
    async with user_stream(desk, "binance") as stream:
        await desk.plan("swarm", event="ORDER_TRADE_UPDATE", rates={"event_missing": 0.5}, seed=3)
        for number in range(12):
            await desk.rest("binance", f"mine-{number}")
        await desk.paper.control("DELETE", "/faults")
        await desk.rest("binance", "last")
        found: list[str] = []
        while "last" not in found:
            found += [client_id for client_id, _ in await stream.next_orders(1)]
    lost = {record["client_ids"][0] for record in await desk.happened()}
    assert lost
    assert set(found) == {f"mine-{number}" for number in range(12)} - lost | {"last"}


REQUESTS: dict[str, tuple[Any, Any]] = {
    "drop_before": (None, 0),
    "drop_after": (None, 1),
    "timeout": ({"binance": 408, "bybit": 10000}, 1),
    "overloaded": ({"binance": 503, "bybit": 10429}, 0),
    "delay": ({"binance": 200, "bybit": 0}, 1),
}


@both
@pytest.mark.parametrize("kind", sorted(REQUESTS))
async def test_requests_over_a_trading_socket_meet_faults_too(
    desk: FaultDesk, exchange: str, kind: str
) -> None:
    expected, orders = REQUESTS[kind]
    extra = {"delay_s": 0.05} if kind == "delay" else {}
    await desk.plan(kind, exchange=exchange, method="WS", **extra)
    answer = await desk.place_over_socket(exchange)
    if expected is None:
        assert answer is None
    else:
        assert answer is not None
        assert answer["status" if exchange == "binance" else "retCode"] == expected[exchange]
    assert len(await desk.orders(exchange)) == orders
    (record,) = await desk.happened()
    assert (record["method"], record["accepted"]) == ("WS", orders == 1)
