"""Bybit's trade websocket over a real socket."""

from typing import Any

import pytest
from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.paper_exchange.bybit_desk import Client, running_client

TRADE = "/v5/trade"
ORDER: dict[str, Any] = {
    "category": "linear",
    "symbol": "BTCUSDT",
    "side": "Buy",
    "orderType": "Limit",
    "qty": "0.01",
    "price": "90000",
}


async def trading_socket(client: Client) -> ClientWebSocketResponse:
    socket = await client.session.ws_connect(client.desk.server.make_url(TRADE))
    await socket.send_json({"op": "auth", "args": client.stream_login()})
    answer = await socket.receive_json(timeout=30)
    assert answer == {"retCode": 0, "retMsg": "OK", "op": "auth", "connId": answer["connId"]}
    return socket


async def ask(
    client: Client, socket: ClientWebSocketResponse, op: str, *args: Any, **more: Any
) -> dict[str, Any]:
    header = {"X-BAPI-TIMESTAMP": str(client.desk.clockwork.wall_ms)}
    await socket.send_json({"op": op, "header": header, "args": list(args)} | more)
    return dict(await socket.receive_json(timeout=30))


async def test_an_order_is_made_amended_and_cancelled() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        made = await ask(client, socket, "order.create", ORDER, reqId="r-1")
        assert (made["retCode"], made["reqId"], made["op"]) == (0, "r-1", "order.create")
        assert made["data"]["orderLinkId"] == ""
        assert (made["header"]["X-Bapi-Limit"], made["header"]["X-Bapi-Limit-Status"]) == (
            "10",
            "9",
        )
        assert made["header"]["Timenow"] == str(client.desk.clockwork.wall_ms)
        order = {"category": "linear", "symbol": "BTCUSDT", "orderId": made["data"]["orderId"]}
        amended = await ask(client, socket, "order.amend", order | {"price": "91000"})
        assert amended["retCode"] == 0
        assert "reqId" not in amended
        (row,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert row["price"] == "91000.00"
        cancelled = await ask(client, socket, "order.cancel", order)
        assert cancelled["data"]["orderId"] == order["orderId"]
        again = await ask(client, socket, "order.cancel", order)
        assert (again["retCode"], again["data"]) == (110001, {})


async def test_a_batch_has_a_code_for_each_order() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        request = [ORDER, ORDER | {"qty": "0"}]
        batch = {"category": "linear", "request": request}
        made = await ask(client, socket, "order.create-batch", batch)
        assert [row["code"] for row in made["retExtInfo"]["list"]] == [0, 10001]
        first, second = made["data"]["list"]
        assert first["orderId"]
        assert second["orderId"] == ""


async def test_pings_are_answered_before_and_after_signing_in() -> None:
    async with running_client() as client:
        socket = await client.session.ws_connect(client.desk.server.make_url(TRADE))
        for _ in range(2):
            await socket.send_json({"op": "ping"})
            pong = await socket.receive_json(timeout=30)
            assert (pong["op"], pong["retCode"]) == ("pong", 0)
            assert pong["data"] == [str(client.desk.clockwork.wall_ms)]


async def test_orders_need_a_login_and_a_time() -> None:
    async with running_client() as client:
        socket = await client.session.ws_connect(client.desk.server.make_url(TRADE))
        assert (await ask(client, socket, "order.create", ORDER))["retCode"] == 10007
        socket = await trading_socket(client)
        late = {"X-BAPI-TIMESTAMP": str(client.desk.clockwork.wall_ms - 6000)}
        answer = await ask(client, socket, "order.create", ORDER, header=late)
        assert answer["retCode"] == 10002
        wide = late | {"X-BAPI-RECV-WINDOW": "8000"}
        answer = await ask(client, socket, "order.create", ORDER, header=wide)
        assert answer["retCode"] == 0


@pytest.mark.parametrize(
    ("op", "args", "code"),
    [
        ("order.move", [ORDER], 10404),
        ("order.create", [ORDER | {"category": "spot"}], 10404),
        ("order.create", [], 10001),
        ("order.create", [ORDER, ORDER], 10001),
        ("order.create", ["BTCUSDT"], 10001),
        ("order.create", [ORDER | {"qty": "-1"}], 10001),
        ("order.create", [ORDER | {"qty": "100"}], 110007),
    ],
)
async def test_refusals_have_their_codes(op: str, args: list[Any], code: int) -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        assert (await ask(client, socket, op, *args))["retCode"] == code


async def test_a_request_id_is_good_once() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        first = await ask(client, socket, "order.create", ORDER, reqId=7)
        assert (first["retCode"], first["reqId"]) == (0, 7)
        assert (await ask(client, socket, "order.create", ORDER, reqId=7))["retCode"] == 20006
        long = "x" * 37
        assert (await ask(client, socket, "order.create", ORDER, reqId=long))["retCode"] == 10001


async def test_the_limit_of_a_user_is_that_of_http() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        for _ in range(5):
            assert (await ask(client, socket, "order.create", ORDER))["retCode"] == 0
            await client.placed(orderType="Limit", price="90000")
        answer = await ask(client, socket, "order.create", ORDER)
        assert answer["retCode"] == 10006
        assert answer["header"]["X-Bapi-Limit-Status"] == "0"


async def test_too_many_requests_of_a_connection_are_refused() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        codes = [(await ask(client, socket, "nothing"))["retCode"] for _ in range(201)]
        assert codes == [10001] * 200 + [20003]
        client.desk.clockwork.pass_time(1)
        assert (await ask(client, socket, "nothing"))["retCode"] == 10001


async def test_too_many_requests_of_an_address_meet_the_protection_of_the_system() -> None:
    async with running_client() as client:
        codes: list[int] = []
        for _ in range(4):
            socket = await trading_socket(client)
            codes += [(await ask(client, socket, "nothing"))["retCode"] for _ in range(160)]
        assert codes == [10001] * 600 + [10429] * 40
        assert (await client.get("/v5/market/time"))["retCode"] == 0


async def test_a_wrong_login_is_told_and_ends_the_connection() -> None:
    async with running_client() as client:
        url = client.desk.server.make_url(TRADE)
        key, expires, _ = client.stream_login()
        for args, code in (
            ([key, expires, "00"], 10004),
            (["nobody", expires, "00"], 10003),
            ([key], 10001),
            ("key", 10001),
        ):
            socket = await client.session.ws_connect(url)
            await socket.send_json({"op": "auth", "args": args, "reqId": "a"})
            answer = await socket.receive_json(timeout=30)
            assert (answer["retCode"], answer["reqId"]) == (code, "a")
            assert (await socket.receive(timeout=30)).type is WSMsgType.CLOSE


async def test_a_second_login_is_refused_and_the_first_stays() -> None:
    async with running_client() as client:
        socket = await trading_socket(client)
        await socket.send_json({"op": "auth", "args": client.stream_login()})
        assert (await socket.receive_json(timeout=30))["retCode"] == 20001
        assert (await ask(client, socket, "order.create", ORDER))["retCode"] == 0


async def test_a_key_that_may_not_trade_is_refused() -> None:
    async with running_client(rights={"trade": False}) as client:
        socket = await trading_socket(client)
        assert (await ask(client, socket, "order.create", ORDER))["retCode"] == 10005
