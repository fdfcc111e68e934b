"""Bybit's public and private websockets over real sockets."""

from collections.abc import Callable
from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.paper_exchange.bybit_desk import START_MS, running_client

PUBLIC, PRIVATE = "/v5/public/linear", "/v5/private"


async def next_where(
    socket: ClientWebSocketResponse, wanted: Callable[[dict[str, Any]], bool]
) -> dict[str, Any]:
    """Read frames until one fits; the socket's own timeout ends a wait in vain."""
    while True:
        frame: dict[str, Any] = await socket.receive_json(timeout=30)
        if wanted(frame):
            return frame


async def subscribe(socket: ClientWebSocketResponse, *topics: str) -> None:
    await socket.send_json({"op": "subscribe", "args": list(topics), "req_id": 7})
    answer = await socket.receive_json(timeout=30)
    assert (answer["success"], answer["req_id"], answer["op"]) == (True, 7, "subscribe")


async def test_every_closed_minute_is_told_once_at_any_speed() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "kline.1.BTCUSDT", "kline.5.BTCUSDT")
        client.desk.pass_time(301)
        closed: list[tuple[str, int]] = []
        while len(closed) < 6:
            frame = await next_where(socket, lambda f: f["data"][0]["confirm"])
            closed.append((frame["topic"], frame["data"][0]["start"]))
        minutes = [start for topic, start in closed if topic == "kline.1.BTCUSDT"]
        assert minutes == [START_MS + n * 60_000 for n in range(5)]
        assert ("kline.5.BTCUSDT", START_MS) in closed
        frame = await next_where(socket, lambda f: not f["data"][0]["confirm"])
        assert frame["ts"] == client.desk.engine.time_ms
        assert frame["data"][0]["start"] == START_MS + 300_000


async def test_tickers_books_and_trades_follow_the_price() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        topics = ("tickers.BTCUSDT", "orderbook.1.BTCUSDT", "publicTrade.BTCUSDT")
        await subscribe(socket, *topics)
        first = {(await socket.receive_json(timeout=30))["topic"] for _ in topics}
        assert first == set(topics)
        client.desk.clockwork.pass_time(5)
        client.desk.move("101000")
        ticker = await next_where(socket, lambda f: f["topic"] == "tickers.BTCUSDT")
        assert ticker["data"]["lastPrice"] == "101000.00"
        book = await next_where(socket, lambda f: f["topic"] == "orderbook.1.BTCUSDT")
        assert len(book["data"]["b"]) == len(book["data"]["a"]) == 1


async def test_unknown_topics_and_words_are_refused_and_pings_answered() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await socket.send_json({"op": "subscribe", "args": ["kline.7.BTCUSDT"]})
        answer = await socket.receive_json(timeout=30)
        assert answer["success"] is False
        assert "kline.7.BTCUSDT" in answer["ret_msg"]
        await socket.send_json({"op": "ping", "req_id": "a"})
        pong = await socket.receive_json(timeout=30)
        assert (pong["ret_msg"], pong["req_id"]) == ("pong", "a")
        private = await client.stream(PRIVATE)
        await private.send_json({"op": "ping"})
        assert (await private.receive_json(timeout=30))["op"] == "pong"
        await private.send_json({"op": "subscribe", "args": ["order"]})
        assert (await private.receive_json(timeout=30))["success"] is False


async def test_a_fill_is_told_with_order_execution_position_and_wallet() -> None:
    async with running_client() as client:
        socket = await client.stream(PRIVATE, sign_in=True)
        await subscribe(socket, "order", "execution", "position", "wallet")
        order_id = await client.placed(orderLinkId="mine")
        frames: dict[str, dict[str, Any]] = {}
        while {"order", "execution", "position", "wallet"} - frames.keys():
            frame = await socket.receive_json(timeout=30)
            frames[frame["topic"]] = frame["data"][0]
        assert frames["execution"]["orderId"] == order_id
        assert frames["execution"]["orderLinkId"] == "mine"
        assert frames["position"]["size"] == "0.01"
        (trade,) = await client.rows("/v5/execution/list", execType="Trade")
        assert trade["execId"] == frames["execution"]["execId"]
        order = frames["order"]
        if order["orderStatus"] == "New":
            filled = await next_where(socket, lambda f: f["data"][0]["orderStatus"] == "Filled")
            order = filled["data"][0]
        assert order["cumExecFee"] == trade["execFee"]


async def test_a_stop_is_told_when_it_waits_and_when_it_triggers() -> None:
    async with running_client() as client:
        socket = await client.stream(PRIVATE, sign_in=True)
        await subscribe(socket, "order.linear")
        await client.placed(stopLoss="95000")
        waiting = await next_where(socket, lambda f: f["data"][0]["orderStatus"] == "Untriggered")
        stop_id = waiting["data"][0]["orderId"]
        client.desk.move("94000")
        statuses: list[str] = []
        while "Filled" not in statuses:
            frame = await next_where(socket, lambda f: f["data"][0]["orderId"] == stop_id)
            statuses.append(frame["data"][0]["orderStatus"])
        assert statuses[0] == "Triggered"


async def test_a_wrong_login_ends_the_connection() -> None:
    async with running_client() as client:
        socket = await client.stream(PRIVATE)
        await socket.send_json({"op": "auth", "args": [client.account.api_key, "1", "x"]})
        assert (await socket.receive_json(timeout=30))["success"] is False
        assert (await socket.receive(timeout=30)).type is WSMsgType.CLOSE


async def test_another_account_hears_nothing() -> None:
    async with running_client() as client:
        other = client.desk.open_account(key="key-2")
        client.account, mine = other, client.account
        socket = await client.stream(PRIVATE, sign_in=True)
        await subscribe(socket, "order", "wallet")
        client.account = mine
        await client.placed()
        client.account = other
        theirs = await client.placed(orderLinkId="theirs")
        frame = await next_where(socket, lambda f: f["topic"] == "order")
        assert frame["data"][0]["orderId"] == theirs


async def test_two_runs_tell_the_same_frames_to_the_last_byte() -> None:
    async def run() -> list[str]:
        async with running_client() as client:
            socket = await client.stream(PRIVATE, sign_in=True)
            topics = ["order", "execution", "position", "wallet", "execution.fast"]
            await socket.send_json({"op": "subscribe", "args": topics})
            assert (await socket.receive_json(timeout=30))["success"] is True
            await client.placed(qty="0.02", stopLoss="95000")
            await client.placed(orderType="Limit", price="99000", orderLinkId="rest")
            client.desk.move("94000")
            await client.post("/v5/order/cancel", symbol="BTCUSDT", orderLinkId="rest")
            await socket.send_json({"op": "ping"})
            told: list[str] = []
            while '"pong"' not in (frame := await socket.receive_str(timeout=30)):
                told.append(frame)
            return told

    first = await run()
    assert first == await run()
    assert len(first) > 15


async def test_a_closing_order_tells_its_profit_as_the_list_of_closings_does() -> None:
    async with running_client() as client:
        await client.placed(qty="0.01")
        socket = await client.stream(PRIVATE, sign_in=True)
        await socket.send_json({"op": "subscribe", "args": ["order"]})
        client.desk.move("101000")
        closing = await client.placed(side="Sell", qty="0.01", reduceOnly=True)
        frame = await next_where(
            socket, lambda f: "data" in f and f["data"][0]["orderStatus"] == "Filled"
        )
        (row,) = await client.rows("/v5/position/closed-pnl")
        assert frame["data"][0]["orderId"] == row["orderId"] == closing
        assert frame["data"][0]["closedPnl"] == row["closedPnl"]
        assert float(row["closedPnl"]) > 0


@pytest.mark.parametrize("product", ["spot", "inverse"])
async def test_sockets_of_other_products_are_there_and_know_no_topic(product: str) -> None:
    async with running_client() as client:
        socket = await client.stream(f"/v5/public/{product}")
        await socket.send_json({"op": "ping", "req_id": "p"})
        pong = await socket.receive_json(timeout=30)
        assert (pong["success"], pong["ret_msg"], pong["req_id"]) == (True, "pong", "p")
        await socket.send_json({"op": "subscribe", "args": ["tickers.BTCUSDT"]})
        refusal = await socket.receive_json(timeout=30)
        assert refusal["success"] is False
        assert refusal["ret_msg"] == "error:handler not found,topic:tickers.BTCUSDT"
        await socket.send_json({"op": "nonsense"})
        assert (await socket.receive_json(timeout=30))["success"] is False


async def test_the_socket_of_options_answers_in_its_own_words() -> None:
    async with running_client() as client:
        socket = await client.stream("/v5/public/option")
        await socket.send_json({"op": "subscribe", "args": ["tickers.BTC-1"], "req_id": 3})
        answer = await socket.receive_json(timeout=30)
        assert answer["type"] == "COMMAND_RESP"
        assert answer["data"] == {"failTopics": ["tickers.BTC-1"], "successTopics": []}
        await socket.send_json({"op": "ping"})
        assert (await socket.receive_json(timeout=30))["op"] == "pong"


async def test_the_state_of_the_exchange_may_be_listened_to() -> None:
    async with running_client() as client:
        socket = await client.stream("/v5/public/misc/status")
        await subscribe(socket, "system.status")


async def test_books_with_price_improvement_have_a_third_number() -> None:
    async with running_client() as client:
        socket = await client.stream(PUBLIC)
        await subscribe(socket, "orderbook.rpi.BTCUSDT")
        frame = await socket.receive_json(timeout=30)
        assert {len(level) for side in "ba" for level in frame["data"][side]} == {3}
        client.desk.move("100500")
        delta = await next_where(socket, lambda f: f["type"] == "delta")
        assert {len(level) for side in "ba" for level in delta["data"][side]} == {3}
