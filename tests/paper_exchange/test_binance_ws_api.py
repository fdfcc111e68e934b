"""The WebSocket API of the Binance dialect, spoken raw."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from daemon.paper_exchange.binance.call import BinanceOptions
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import (
    RawWsApi,
    opened,
    raw_client,
    receive_event,
    signed,
    ws_api,
)

LIMIT: dict[str, Any] = {
    "symbol": "BTCUSDT",
    "side": "BUY",
    "type": "LIMIT",
    "timeInForce": "GTC",
    "quantity": 0.010,
    "price": "80000.0",
}


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


@pytest.fixture
async def api(paper: Paper) -> AsyncIterator[RawWsApi]:
    async with ws_api(paper) as opened_api:
        yield opened_api


async def test_an_order_lives_its_life_over_the_socket(api: RawWsApi) -> None:
    placed = await api.call("order.place", **LIMIT, newClientOrderId="ws-1")
    assert placed["status"] == 200
    assert placed["result"]["origQty"] == "0.010"
    kinds = [(limit["rateLimitType"], limit["count"]) for limit in placed["rateLimits"]]
    assert kinds[:2] == [("ORDERS", 1), ("ORDERS", 1)]
    number = placed["result"]["orderId"]
    wanted = {"symbol": "BTCUSDT", "orderId": number}
    changed = await api.call("order.modify", **{**LIMIT, "price": "79000"}, orderId=number)
    assert changed["result"]["price"] == "79000.00"
    found = await api.call("order.status", **wanted)
    assert found["result"]["status"] == "NEW"
    ended = await api.call("order.cancel", symbol="BTCUSDT", origClientOrderId="ws-1")
    assert ended["result"]["status"] == "CANCELED"
    again = await api.call("order.cancel", **wanted)
    assert (again["status"], again["error"]["code"]) == (400, -2011)


async def test_numbers_are_signed_as_they_are_written(api: RawWsApi) -> None:
    for quantity in (0.05, 1, "0.05"):
        answer = await api.call("order.place", **{**LIMIT, "quantity": quantity})
        assert answer.get("error", {}).get("code") in {None, -2019}


async def test_a_conditional_order_is_placed_and_cancelled(api: RawWsApi) -> None:
    placed = await api.call(
        "algoOrder.place",
        algoType="CONDITIONAL",
        symbol="BTCUSDT",
        side="BUY",
        type="STOP_MARKET",
        quantity=0.01,
        triggerPrice=900000,
        clientAlgoId="algo-1",
    )
    assert placed["result"]["algoStatus"] == "NEW"
    ended = await api.call("algoOrder.cancel", clientAlgoId="algo-1")
    assert ended["result"]["code"] == "200"


async def test_accounts_are_read_in_both_versions(api: RawWsApi) -> None:
    first = await api.call("account.status")
    second = await api.call("v2/account.status")
    for answer in (first, second):
        assert answer["result"]["totalWalletBalance"] == "10000.00000000"
    assert len(first["result"]["positions"]) >= 10
    assert second["result"]["positions"] == []
    for method in ("account.balance", "v2/account.balance"):
        assert (await api.call(method))["result"][0]["asset"] == "USDT"
    assert len((await api.call("account.position"))["result"]) >= 10
    assert (await api.call("v2/account.position"))["result"] == []


async def test_market_data_needs_no_key(api: RawWsApi) -> None:
    depth = await api.ask("depth", {"symbol": "BTCUSDT", "limit": 5})
    assert len(depth["result"]["bids"]) == 5
    price = await api.ask("ticker.price", {"symbol": "BTCUSDT"})
    assert set(price["result"]) == {"symbol", "price", "time"}
    book = await api.ask("ticker.book", {"symbol": "BTCUSDT"})
    assert float(book["result"]["bidPrice"]) < float(book["result"]["askPrice"])
    assert len((await api.ask("ticker.price", {}))["result"]) >= 10


async def test_a_user_stream_is_started_over_the_socket(paper: Paper, api: RawWsApi) -> None:
    started = await api.ask("userDataStream.start", {"apiKey": "key-1"})
    key = started["result"]["listenKey"]
    async with opened(paper, f"/private/ws/{key}") as stream:
        await api.call("order.place", **LIMIT)
        await receive_event(stream, "ORDER_TRADE_UPDATE", X="NEW")
    pinged = await api.ask("userDataStream.ping", {"apiKey": "key-1"})
    assert pinged["result"]["listenKey"] == key
    stopped = await api.ask("userDataStream.stop", {"apiKey": "key-1", "listenKey": key})
    assert stopped["result"] == {}


async def test_a_session_signs_for_its_requests(api: RawWsApi) -> None:
    before = await api.ask("session.status")
    assert before["result"]["apiKey"] is None
    logon = await api.call("session.logon")
    assert logon["result"]["apiKey"] == "key-1"
    status = await api.ask("session.status")
    assert status["result"]["authorizedSince"] >= status["result"]["connectedSince"]
    now_ms = status["result"]["serverTime"]
    plain = await api.ask("order.place", {**LIMIT, "timestamp": now_ms})
    assert plain["status"] == 200
    timeless = await api.ask("order.place", LIMIT)
    assert timeless["error"]["code"] == -1102
    await api.ask("session.logout")
    unsigned = await api.ask("v2/account.balance", {"apiKey": "key-1", "timestamp": now_ms})
    assert unsigned["error"]["code"] == -1102


async def test_a_session_may_want_another_kind_of_key() -> None:
    async with running_paper_exchange(binance=BinanceOptions(hmac_logon=False)) as paper:
        await paper.create_account()
        async with ws_api(paper) as api:
            assert (await api.call("session.logon"))["error"]["code"] == -4056


async def test_rate_limits_are_left_out_on_wish(paper: Paper, api: RawWsApi) -> None:
    answer = await api.ask("ticker.price", {"symbol": "BTCUSDT", "returnRateLimits": False})
    assert "rateLimits" not in answer
    async with ws_api(paper, query="?returnRateLimits=false") as quiet:
        assert "rateLimits" not in await quiet.ask("ticker.price", {"symbol": "BTCUSDT"})


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", -1013),
        ("nonsense", -1013),
        ("[1]", -1013),
        ("[" * 50_000, -1013),
        ('{"id":1}', -1102),
        ('{"id":1,"method":"order.fly"}', -1099),
        ('{"id":1,"method":"depth","params":[]}', -1130),
        ('{"id":1,"method":"depth","params":{"symbol":NaN}}', -1013),
        ('{"id":{"a":1},"method":"depth"}', -1130),
        ('{"id":"' + "x" * 37 + '","method":"depth"}', -1130),
        ('{"id":1,"method":"depth","params":{"symbol":"\\ud800"}}', -1100),
        ('{"id":1,"method":"depth","params":{"symbol":{"a":1}}}', -1121),
        ('{"id":1,"method":"order.place","params":{}}', -2014),
        ('{"id":1,"method":"order.place","params":{"apiKey":"nobody"}}', -2015),
        ('{"id":1,"method":"order.place","params":{"apiKey":"key-1","timestamp":1}}', -1021),
    ],
)
async def test_a_bad_message_gets_an_error_and_the_socket_lives_on(
    api: RawWsApi, text: str, code: int
) -> None:
    answer = await api.send(text)
    assert answer["error"]["code"] == code
    assert answer["status"] in {400, 401, 404}
    assert (await api.ask("ticker.price", {"symbol": "BTCUSDT"}))["status"] == 200


async def test_a_signature_of_other_parameters_is_refused(paper: Paper, api: RawWsApi) -> None:
    forged = {**signed("key-1", dict(LIMIT)), "quantity": 0.5}
    assert (await api.ask("order.place", forged))["error"]["code"] == -1022
    upper = signed("key-1", dict(LIMIT))
    upper["signature"] = upper["signature"].upper()
    assert (await api.ask("order.place", upper))["status"] == 200


async def test_sockets_and_requests_share_one_weight(paper: Paper, api: RawWsApi) -> None:
    async with raw_client(paper) as client:
        for _ in range(3):
            answer = await api.ask("depth", {"symbol": "BTCUSDT", "limit": 1000})
            used = answer["rateLimits"][-1]["count"]
            again = await client.send("GET", "/fapi/v1/ping")
            if int(again.headers["X-MBX-USED-WEIGHT-1M"]) == used + 1:
                return
            # A minute has ended in between, which cannot happen three times in a row.
    pytest.fail("the socket's weight is not counted with the requests'")
