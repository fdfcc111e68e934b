"""Faults that meet requests, over real sockets: what the client sees and what really happened."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.faults.answers import ANSWERS, OUTCOME_OPEN
from daemon.paper_exchange.faults.kinds import REQUEST_KINDS, FaultKind
from tests.paper_exchange.fault_desk import FaultDesk, running_fault_desk
from tests.waiting import until

K = FaultKind
both = pytest.mark.parametrize("exchange", ["binance", "bybit"])

# Status and code that an order's client sees; None for a broken connection.
SEEN: dict[FaultKind, dict[str, tuple[int, Any]]] = {
    K.UNKNOWN_ERROR: {"binance": (503, -1000), "bybit": (200, 10016)},
    K.SERVICE_UNAVAILABLE: {"binance": (503, -1000), "bybit": (503, None)},
    K.OVERLOADED: {"binance": (503, -1008), "bybit": (200, 10429)},
    K.UNEXPECTED_RESPONSE: {"binance": (400, -1006)},
    K.TIMEOUT: {"binance": (408, -1007), "bybit": (200, 10000)},
    K.SERVER_ERROR: {"binance": (500, -1000), "bybit": (200, 10016)},
    K.DISCONNECTED: {"binance": (500, -1001)},
    K.TOO_MANY_REQUESTS: {"binance": (429, -1003), "bybit": (200, 10006)},
    K.TOO_MANY_ORDERS: {"binance": (429, -1015), "bybit": (200, 10006)},
    K.ADDRESS_BANNED: {"binance": (418, -1003), "bybit": (403, None)},
    K.FIREWALL: {"binance": (403, None), "bybit": (403, None)},
    K.BAD_GATEWAY: {"binance": (502, None), "bybit": (502, None)},
    K.GATEWAY_TIMEOUT: {"binance": (504, None), "bybit": (504, None)},
    K.REDIRECT: {"binance": (302, None), "bybit": (302, None)},
    K.MAINTENANCE: {"binance": (503, -1000), "bybit": (503, None)},
    K.KEY_REVOKED: {"binance": (401, -2015), "bybit": (200, 10003)},
    K.IP_NOT_ALLOWED: {"binance": (401, -2015), "bybit": (200, 10010)},
    K.BAD_TIMESTAMP: {"binance": (400, -1021), "bybit": (200, 10002)},
    K.DUPLICATE_CLIENT_ID: {"binance": (400, -4116), "bybit": (200, 110072)},
    K.REDUCE_ONLY_REJECTED: {"binance": (400, -2022), "bybit": (200, 110017)},
    K.INSUFFICIENT_MARGIN: {"binance": (400, -2019), "bybit": (200, 110007)},
    K.ORDER_NOT_FOUND: {"binance": (400, -2013), "bybit": (200, 110001)},
    K.WOULD_TRIGGER: {"binance": (400, -2021), "bybit": (200, 110093)},
    K.POSITION_LIMIT: {"binance": (400, -2027), "bybit": (200, 110090)},
    K.TRADING_BAN: {"binance": (400, -4400), "bybit": (200, 110023)},
}
BROKEN: dict[FaultKind, int] = {K.DROP_BEFORE: 0, K.DROP_AFTER: 1, K.RESET_MID_BODY: 1}
"""Kinds that break the connection, with the orders that there are afterwards."""
BODIES: dict[FaultKind, dict[str, Any]] = {
    K.HTML: {},
    K.TRUNCATED: {},
    K.EMPTY: {},
    K.NULL: {},
    K.EMPTY_OBJECT: {},
    K.NOT_FINITE: {},
    K.DEEP_NESTED: {},
    K.HUGE_BODY: {"megabytes": 2},
    K.SLOW_BODY: {"byte_s": 0.001},
    K.WRONG_ECHO: {},
    K.DELAY: {"delay_s": 0.05},
    K.DELAY_BEFORE: {"delay_s": 0.05},
    K.RESPOND_AFTER: {"status": 200, "body": "{}"},
}
ELSEWHERE = {K.RESPOND, K.STALE_READS, K.HIDDEN_ORDERS, K.FILL_BEFORE_CANCEL, K.FILL_AFTER_CANCEL}


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


def test_every_kind_of_request_fault_has_its_test() -> None:
    assert set(SEEN) | set(BROKEN) | set(BODIES) | ELSEWHERE == REQUEST_KINDS
    assert {kind: set(by) for kind, by in SEEN.items()} == {k: set(v) for k, v in ANSWERS.items()}


@pytest.mark.parametrize(
    ("kind", "exchange"),
    [(kind, exchange) for kind, seen in SEEN.items() for exchange in seen],
)
async def test_an_answer_of_a_bad_day_is_the_exchanges_own(
    desk: FaultDesk, kind: FaultKind, exchange: str
) -> None:
    fault = await desk.plan(kind, exchange=exchange, times=1)
    reply = await desk.place(exchange)
    assert (reply.status, reply.code) == SEEN[kind][exchange], reply.text
    accepted = kind in OUTCOME_OPEN
    orders = await desk.orders(exchange)
    assert [order["client_order_id"] for order in orders] == (["mine-1"] if accepted else [])
    (record,) = await desk.happened()
    assert record["fault"] == kind
    assert record["fault_id"] == fault["id"]
    assert record["client_ids"] == ["mine-1"]
    assert record["accepted"] is accepted
    assert (await desk.place(exchange, "mine-2")).status == 200, "it happens once"


@both
@pytest.mark.parametrize("kind", sorted(BROKEN))
async def test_a_connection_breaks_before_or_after_acceptance(
    desk: FaultDesk, kind: FaultKind, exchange: str
) -> None:
    await desk.plan(kind, exchange=exchange)
    reply = await desk.place(exchange)
    assert reply.broke
    assert len(await desk.orders(exchange)) == BROKEN[kind]
    page = await desk.paper.control("GET", f"/truth?kind=request&api_key=key-1&exchange={exchange}")
    placed = [entry for entry in page["entries"] if entry["command"] == "OrderRequest"]
    assert len(placed) == BROKEN[kind]
    for entry in placed:
        assert entry["client_order_id"] == "mine-1"
        assert entry["fault_id"] == "f-1", "the truth says that the answer was lost"


@both
@pytest.mark.parametrize("kind", sorted(BODIES))
async def test_a_strange_body_comes_although_the_order_was_accepted(
    desk: FaultDesk, kind: FaultKind, exchange: str
) -> None:
    await desk.plan(kind, exchange=exchange, **BODIES[kind])
    reply = await desk.place(exchange)
    assert reply.status == 200
    assert len(await desk.orders(exchange)) == 1
    text = reply.text
    if kind is K.HTML:
        assert text.startswith("<html>")
    elif kind is K.TRUNCATED:
        with pytest.raises(json.JSONDecodeError):
            json.loads(text)
    elif kind in {K.EMPTY, K.NULL, K.EMPTY_OBJECT, K.RESPOND_AFTER}:
        expected = {K.EMPTY: "", K.NULL: "null"}
        assert text == expected.get(kind, "{}")
    elif kind is K.DEEP_NESTED:
        with pytest.raises(RecursionError):
            json.loads(text)
    elif kind is K.NOT_FINITE:
        assert "NaN" in text
    elif kind is K.HUGE_BODY:
        assert len(text) > 2 << 20
    elif kind is K.WRONG_ECHO:
        assert "not-mine-1" in text
    else:
        assert "mine-1" in text


@both
async def test_an_answer_can_be_given_without_working_the_request(
    desk: FaultDesk, exchange: str
) -> None:
    await desk.plan("respond", status=599, body="teapot", content_type="text/plain")
    reply = await desk.place(exchange)
    assert (reply.status, reply.text) == (599, "teapot")
    await desk.plan("html", accepted=False)
    assert (await desk.place(exchange)).text.startswith("<html>")
    assert await desk.orders(exchange) == []


async def test_a_limit_is_told_with_and_without_retry_after(desk: FaultDesk) -> None:
    await desk.plan("too_many_requests", retry_after_s=7)
    assert (await desk.account("binance")).header("Retry-After") == "7"
    await desk.plan("too_many_requests")
    assert (await desk.account("binance")).header("Retry-After") == ""


async def test_a_ban_lasts_until_its_end_and_names_it(desk: FaultDesk) -> None:
    await desk.plan("address_banned", exchange="binance", times=None, for_s=600)
    for _ in range(2):
        reply = await desk.account("binance")
        assert reply.status == 418
        assert 500 <= int(reply.header("Retry-After")) <= 600
        assert "banned until" in reply.body["msg"]
    assert (await desk.account("bybit")).code == 0


async def test_a_redirect_points_where_it_was_told(desk: FaultDesk) -> None:
    await desk.plan("redirect", location="http://127.0.0.1:9/elsewhere")
    assert (await desk.account("binance")).header("Location") == "http://127.0.0.1:9/elsewhere"


@both
async def test_orders_that_reduce_pass_a_trading_ban(desk: FaultDesk, exchange: str) -> None:
    assert (await desk.place(exchange, "open-1")).status == 200
    fault = await desk.plan("trading_ban", exchange=exchange)
    refused = await desk.place(exchange, "open-2")
    assert refused.code in {-4400, 110023}
    closing = {"side": "SELL", "reduceOnly": "true"}
    if exchange == "bybit":
        closing = {"side": "Sell", "reduceOnly": True}  # type: ignore[dict-item]
    assert (await desk.place(exchange, "close-1", **closing)).code in {None, 0}
    assert (await desk.truth(exchange))["positions"] == []
    await desk.paper.control("DELETE", f"/faults/{fault['id']}")
    assert (await desk.place(exchange, "open-3")).code in {None, 0}


async def test_binance_says_that_it_is_closed_and_whom_it_has_banned(desk: FaultDesk) -> None:
    assert (await desk.binance("GET", "/fapi/v1/apiTradingStatus")).body["indicators"] == {}
    await desk.plan("trading_ban", exchange="binance", symbol="BTCUSDT", for_s=60)
    status = await desk.binance("GET", "/fapi/v1/apiTradingStatus")
    (lock,) = status.body["indicators"]["BTCUSDT"]
    assert lock["isLocked"] is True
    assert (await desk.place("binance")).code == -4400
    await desk.plan("maintenance", exchange="binance")
    system = await desk.binance("GET", "/sapi/v1/system/status")
    assert system.body == {"status": 1, "msg": "system_maintenance"}
    assert (await desk.account("binance")).status == 503


@both
async def test_an_accepted_order_is_hidden_for_a_while(desk: FaultDesk, exchange: str) -> None:
    fault = await desk.plan("hidden_orders", exchange=exchange, hidden_s=600)
    assert (await desk.rest(exchange)).status == 200
    hidden = await desk.query(exchange)
    if exchange == "binance":
        assert (hidden.status, hidden.code) == (400, -2013)
        assert (await desk.cancel(exchange)).code == -2011
        assert (await desk.binance("GET", "/fapi/v1/openOrders")).body == []
    else:
        assert hidden.body["result"]["list"] == []
        assert (await desk.cancel(exchange)).code == 110001
    assert len((await desk.truth(exchange))["open_orders"]) == 1
    await desk.paper.control("DELETE", f"/faults/{fault['id']}")
    assert "mine-1" in (await desk.query(exchange)).text


async def test_an_order_without_an_id_of_its_own_is_hidden_too(desk: FaultDesk) -> None:
    await desk.plan("hidden_orders", hidden_s=600)
    reply = await desk.rest("bybit", "")
    order_id = reply.body["result"]["orderId"]
    words = {"category": "linear", "orderId": order_id}
    found = await desk.bybit("GET", "/v5/order/realtime", **words)
    assert found.body["result"]["list"] == []
    await desk.paper.control("DELETE", "/faults")
    found = await desk.bybit("GET", "/v5/order/realtime", **words)
    assert found.body["result"]["list"][0]["orderId"] == order_id


@both
async def test_a_stale_replica_answers_as_it_did_before(desk: FaultDesk, exchange: str) -> None:
    assert (await desk.rest(exchange)).status == 200
    fault = await desk.plan("stale_reads", exchange=exchange, stale_s=600)
    before = await desk.query(exchange)
    assert (await desk.cancel(exchange)).status == 200
    assert (await desk.query(exchange)).text == before.text
    assert (await desk.truth(exchange))["open_orders"] == []
    await desk.paper.control("DELETE", f"/faults/{fault['id']}")
    assert (await desk.query(exchange)).text != before.text


@both
@pytest.mark.parametrize(("fraction", "left"), [(1.0, None), (0.5, "CANCELED")])
async def test_an_order_is_filled_just_before_its_cancel(
    desk: FaultDesk, exchange: str, fraction: float, left: str | None
) -> None:
    assert (await desk.rest(exchange)).status == 200
    await desk.plan("fill_before_cancel", exchange=exchange, fraction=fraction)
    answer = await desk.cancel(exchange)
    (order,) = await desk.orders(exchange)
    if left is None:
        assert answer.code in {-2011, 110001}
        assert order["status"] == "FILLED"
    else:
        assert answer.code in {None, 0}
        assert order["status"] == left
        assert order["filled_quantity"] == "0.005"
    (held,) = (await desk.truth(exchange))["positions"]
    assert held["quantity"] == order["filled_quantity"]


@both
@pytest.mark.parametrize(("fraction", "status"), [(1.0, "FILLED"), (0.5, "CANCELED")])
async def test_an_order_is_filled_although_its_cancel_was_accepted(
    desk: FaultDesk, exchange: str, fraction: float, status: str
) -> None:
    assert (await desk.rest(exchange)).status == 200
    await desk.plan("fill_after_cancel", exchange=exchange, fraction=fraction)
    answer = await desk.cancel(exchange)
    assert answer.code in {None, 0}
    if exchange == "binance":
        assert answer.body["status"] == "CANCELED"
        assert answer.body["executedQty"] == "0.000"
    (order,) = await desk.orders(exchange)
    assert order["status"] == status
    assert Decimal(order["filled_quantity"]) == Decimal("0.01") * Decimal(str(fraction))
    (held,) = (await desk.truth(exchange))["positions"]
    assert held["quantity"] == order["filled_quantity"]
    (record,) = await desk.happened()
    assert record["accepted"] is True
    assert "after its cancel" in record["detail"]


async def test_a_fill_after_the_cancel_may_come_later(desk: FaultDesk) -> None:
    await desk.rest("binance")
    await desk.plan("fill_after_cancel", exchange="binance", delay_s=0.05)
    assert (await desk.cancel("binance")).body["status"] == "CANCELED"
    async with asyncio.timeout(60):
        while not await desk.happened():
            await asyncio.sleep(0.01)
    (order,) = await desk.orders("binance")
    assert (order["status"], Decimal(order["filled_quantity"])) == ("FILLED", Decimal("0.01"))


async def test_a_refused_cancel_is_followed_by_no_fill(desk: FaultDesk) -> None:
    await desk.plan("fill_after_cancel", exchange="binance")
    assert (await desk.cancel("binance", "never-placed")).code == -2011
    (record,) = await desk.happened()
    assert (record["accepted"], record["detail"]) == (False, "nothing was cancelled")


async def test_a_connection_that_breaks_in_the_body_is_reset(desk: FaultDesk) -> None:
    await desk.plan("reset_mid_body", path="/fapi/v1/time")
    host, port = desk.paper.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /fapi/v1/time HTTP/1.1\r\nHost: paper\r\n\r\n")
    # A goodbye would end the reading without an error.
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(), timeout=60)
    writer.close()


async def test_faults_meet_only_whom_they_name(desk: FaultDesk) -> None:
    await desk.paper.create_account("binance", "other")
    named: tuple[dict[str, Any], ...] = (
        {"exchange": "bybit"},
        {"api_key": "other"},
        {"method": "GET"},
        {"path": "/fapi/v1/leverage"},
        {"client_id": "theirs-*"},
        {"symbol": "ETHUSDT"},
        {"reduce_only": True},
        {"address": "127.0.0.9"},
        {"after": 2},
        {"probability": 0.0},
        {"from_ms": 4_000_000_000_000},
        {"until_ms": 1},
    )
    for match in named:
        await desk.plan("drop_before", **match)
    for number in (1, 2):
        assert (await desk.place("binance", f"mine-{number}")).status == 200, number
    await desk.plan("timeout", client_id="mine-*", symbol="BTCUSDT", reduce_only=False)
    assert (await desk.place("binance", "mine-4")).status != 200


async def test_a_swarm_with_one_seed_makes_the_same_trouble_twice(desk: FaultDesk) -> None:
    seen: list[list[tuple[int, str]]] = []
    for _ in range(2):
        fault = await desk.plan(
            "swarm",
            seed=5,
            exchange="binance",
            rates={"timeout": 0.2, "drop_before": 0.2, "delay": {"rate": 0.1, "delay_s": 0.01}},
        )
        replies = [await desk.account("binance") for _ in range(40)]
        seen.append([(reply.status, reply.broke) for reply in replies])
        await desk.paper.control("DELETE", f"/faults/{fault['id']}")
    assert seen[0] == seen[1]
    assert {status for status, _ in seen[0]} == {0, 200, 408}
    happened = {record["fault"] for record in await desk.happened()}
    assert happened == {"timeout", "drop_before", "delay"}


@both
async def test_what_is_put_off_ends_with_the_exchange(exchange: str) -> None:
    before = asyncio.all_tasks()
    async with running_fault_desk() as desk:
        await desk.plan(K.DELAY_BEFORE, path="/", method="POST", delay_s=300)
        asking = asyncio.create_task(desk.place(exchange))
        await until(lambda: desk.paper.exchange.host.faults.delays.count == 1)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    # Nobody waits for it any more, and its order must not be worked by an exchange that has closed.
    await until(lambda: asyncio.all_tasks() <= before)
