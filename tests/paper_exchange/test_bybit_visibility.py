"""Bybit acknowledges first and shows a moment later, where the lag is switched on."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from daemon.paper_exchange.__main__ import parse_arguments
from daemon.paper_exchange.bybit.visibility import LAG_MS, BybitOptions
from tests.paper_exchange.bybit_desk import Client, running_desk
from tests.paper_exchange.fault_desk import running_fault_desk

SHOWN_MS = 50


@asynccontextmanager
async def lagging_client() -> AsyncIterator[Client]:
    options = BybitOptions(acknowledgement_lag_ms=SHOWN_MS)
    async with running_desk(options=options) as desk, ClientSession() as session:
        yield Client(desk, session, desk.open_account())


async def seen(client: Client, order_id: str) -> list[str]:
    rows = await client.rows("/v5/order/realtime", orderId=order_id)
    return [row["orderStatus"] for row in rows]


def pass_lag(client: Client) -> None:
    client.desk.clockwork.wall_ms += SHOWN_MS


async def test_an_order_is_acknowledged_before_it_is_seen() -> None:
    async with lagging_client() as client:
        order_id = await client.placed(orderType="Limit", price="90000", orderLinkId="late")
        assert await seen(client, order_id) == []
        assert await client.rows("/v5/order/realtime", orderLinkId="late") == []
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []
        # What was taken in is taken in all the same.
        assert (await client.order(orderLinkId="late"))["retCode"] == 110072
        pass_lag(client)
        assert await seen(client, order_id) == ["New"]


async def test_a_cancelled_order_is_open_for_a_moment_longer() -> None:
    async with lagging_client() as client:
        order_id = await client.placed(orderType="Limit", price="90000")
        pass_lag(client)
        cancelled = await client.post("/v5/order/cancel", symbol="BTCUSDT", orderId=order_id)
        assert cancelled["retCode"] == 0
        assert await seen(client, order_id) == ["New"]
        assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == 1
        assert await client.rows("/v5/order/history", symbol="BTCUSDT") == []
        again = await client.post("/v5/order/cancel", symbol="BTCUSDT", orderId=order_id)
        assert again["retCode"] == 110001
        pass_lag(client)
        assert await seen(client, order_id) == ["Cancelled"]


async def test_an_amended_order_has_its_old_price_for_a_moment() -> None:
    async with lagging_client() as client:
        order_id = await client.placed(triggerPrice="99000", triggerDirection=2)
        pass_lag(client)
        amended = await client.post(
            "/v5/order/amend", symbol="BTCUSDT", orderId=order_id, triggerPrice="98000"
        )
        assert amended["retCode"] == 0
        for price in ("99000.00", "98000.00"):
            (row,) = await client.rows("/v5/order/realtime", orderId=order_id)
            assert row["triggerPrice"] == price
            pass_lag(client)


async def test_executions_appear_with_their_order_and_the_stream_tells_in_order() -> None:
    async with lagging_client() as client:
        socket = await client.stream("/v5/private", sign_in=True)
        await socket.send_json({"op": "subscribe", "args": ["order", "execution"]})
        assert (await socket.receive_json(timeout=30))["success"] is True
        await client.placed(qty="0.01")
        assert await client.rows("/v5/execution/list", symbol="BTCUSDT") == []
        told = [(await socket.receive_json(timeout=30))["topic"] for _ in range(3)]
        assert told == ["order", "execution", "order"]
        pass_lag(client)
        assert len(await client.rows("/v5/execution/list", symbol="BTCUSDT")) == 1


@pytest.mark.parametrize("lag_ms", [-1, 10_001])
def test_a_lag_is_short(lag_ms: int) -> None:
    with pytest.raises(ValueError, match="acknowledgements"):
        BybitOptions(acknowledgement_lag_ms=lag_ms)


async def test_a_final_order_is_among_the_latest_five_hundred_or_in_the_history() -> None:
    async with lagging_client() as client:
        first = await client.placed(qty="0.001")
        pass_lag(client)
        assert await seen(client, first) == ["Filled"]
        for _ in range(501):
            client.desk.clockwork.wall_ms += 200
            await client.placed(qty="0.001")
        pass_lag(client)
        assert await seen(client, first) == []
        (row,) = await client.rows("/v5/order/history", orderId=first)
        assert row["orderStatus"] == "Filled"


def test_a_process_lags_unless_it_is_told_not_to() -> None:
    assert parse_arguments([]).bybit_lag_ms == BybitOptions().acknowledgement_lag_ms == LAG_MS
    assert LAG_MS > 0
    assert parse_arguments(["--bybit-lag-ms", "0"]).bybit_lag_ms == 0


async def test_over_real_clocks_an_order_is_seen_once_the_lag_has_passed() -> None:
    async with running_fault_desk(bybit=BybitOptions()) as desk:
        assert (await desk.rest("bybit")).code == 0
        async with asyncio.timeout(60):
            while not (await desk.query("bybit")).body["result"]["list"]:
                await asyncio.sleep(0)
        assert len((await desk.truth("bybit"))["open_orders"]) == 1
