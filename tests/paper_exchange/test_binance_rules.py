"""What the Binance dialect refuses, limits, forgets and keeps silent about."""

import asyncio
import json
import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.codes import WireError
from daemon.paper_exchange.binance.limits import BAN_MS, LONGEST_BAN_MS, RateLimits
from daemon.paper_exchange.binance.signing import sign, split_signature
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import RawClient, raw_client

MARKET: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


@pytest.fixture
async def client(paper: Paper) -> AsyncIterator[RawClient]:
    async with raw_client(paper) as opened:
        yield opened


def test_the_signature_covers_query_and_body_without_separator() -> None:
    payload, signature = split_signature(b"symbol=BTCUSDT&side=BUY", b"quantity=1&signature=AB")
    assert payload == b"symbol=BTCUSDT&side=BUYquantity=1"
    assert signature == "AB"
    payload, signature = split_signature(b"signature=CD&a=1", b"b=%7B")
    assert payload == b"&a=1b=%7B"
    assert len(sign("secret", payload)) == 64


async def test_a_request_needs_a_key_a_time_and_a_signature(
    paper: Paper, client: RawClient
) -> None:
    now_ms = int(time.time() * 1000)
    path = "/fapi/v3/account"
    assert (await client.send("GET", path)).code == -1102
    assert (await client.send("GET", path, f"timestamp={now_ms}")).code == -1102
    unsigned = await client.send("GET", path, f"timestamp={now_ms}&signature=00")
    assert (unsigned.status, unsigned.code) == (400, -1022)
    async with raw_client(paper, "") as nobody:
        keyless = await nobody.call("GET", path)
        assert (keyless.status, keyless.code) == (401, -2014)
    async with raw_client(paper, "stranger") as stranger:
        unknown = await stranger.call("GET", path)
        assert (unknown.status, unknown.code) == (401, -2015)


async def test_a_request_from_another_time_is_refused(client: RawClient) -> None:
    now_ms = int(time.time() * 1000)
    path = "/fapi/v3/account"
    assert (await client.call("GET", path, timestamp=now_ms - 6_000)).code == -1021
    assert (await client.call("GET", path, timestamp=now_ms + 5_000)).code == -1021
    late = await client.call("GET", path, timestamp=now_ms - 6_000, recvWindow=20_000)
    assert late.status == 200
    assert (await client.call("GET", path, recvWindow=70_000)).code == -1131


async def test_a_market_order_without_a_price_in_its_band_is_refused(
    paper: Paper, client: RawClient
) -> None:
    for exchange in ("binance", "bybit"):
        words = {"exchange": exchange, "symbol": "BTCUSDT", "market_take_bound": "0.00001"}
        await paper.control("POST", "/faults", {"kind": "filter_change", **words})
    info = await client.send("GET", "/fapi/v1/exchangeInfo")
    row = next(row for row in info.body["symbols"] if row["symbol"] == "BTCUSDT")
    assert row["marketTakeBound"] == "0.00001"
    for path in ("/fapi/v1/order", "/fapi/v1/order/test"):
        answers = [
            await client.call("POST", path, **{**MARKET, "side": s}) for s in ("BUY", "SELL")
        ]
        refused = [answer for answer in answers if answer.status == 400]
        assert refused
        assert {answer.code for answer in refused} == {-4131}
        assert "PERCENT_PRICE" in refused[0].body["msg"]
    assert (await client.call("GET", "/fapi/v1/openOrders")).body == []


async def test_the_book_shows_what_an_order_has_left_of_it() -> None:
    async def read(client: RawClient) -> tuple[list[list[str]], list[list[str]], dict[str, str]]:
        depth = (await client.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&limit=100")).body
        ticker = await client.send("GET", "/fapi/v1/ticker/bookTicker", "symbol=BTCUSDT")
        return depth["asks"], depth["bids"], ticker.body

    async with running_paper_exchange(recovery_s=60) as paper, raw_client(paper) as client:
        await paper.create_account()
        asks, bids, _ = await read(client)
        ordered = await client.call("POST", "/fapi/v1/order", **{**MARKET, "quantity": "0.700"})
        assert ordered.status == 200
        left, same, ticker = await read(client)
    taken = sum(Decimal(quantity) for _, quantity in asks) - sum(Decimal(q) for _, q in left)
    assert taken <= Decimal("0.7")
    assert left != asks
    assert same == bids
    assert [ticker["askPrice"], ticker["askQty"]] == left[0]


async def test_an_amendment_is_refused_with_its_own_codes(paper: Paper, client: RawClient) -> None:
    words = {"symbol": "BTCUSDT", "side": "BUY", "price": "80000"}
    limit = {**words, "type": "LIMIT", "timeInForce": "GTC", "quantity": "0.010"}
    order_id = (await client.call("POST", "/fapi/v1/order", **limit)).body["orderId"]
    change = {**words, "orderId": order_id}
    small = await client.call("PUT", "/fapi/v1/order", **change, quantity="0.001")
    assert (small.code, "no smaller than 100" in small.body["msg"]) == (-5029, True)
    same = await client.call("PUT", "/fapi/v1/order", **change, quantity="0.010")
    assert same.code == -5027
    market = paper.exchange.engines["binance"].market("BTCUSDT")
    market.trading = False
    assert (await client.call("PUT", "/fapi/v1/order", **change, quantity="0.02")).code == -5024
    market.trading = True
    assert (await client.call("PUT", "/fapi/v1/order", **change, quantity="0.02")).status == 200


async def test_an_order_that_grew_old_on_its_way_is_refused() -> None:
    async with running_paper_exchange(binance=BinanceOptions(engine_lag_ms=10_000)) as paper:
        await paper.create_account()
        async with raw_client(paper) as client:
            hasty = await client.call("POST", "/fapi/v1/order", **MARKET, recvWindow=5_000)
            assert hasty.code == -5028
            patient = await client.call("POST", "/fapi/v1/order", **MARKET, recvWindow=30_000)
            assert patient.status == 200
            assert (await client.call("GET", "/fapi/v3/account")).status == 200


async def test_a_parameter_sent_twice_is_refused_and_the_query_wins_over_the_body(
    paper: Paper, client: RawClient
) -> None:
    path = "/fapi/v1/depth"
    assert (await client.send("GET", path, "symbol=BTCUSDT&symbol=ETHUSDT")).code == -1101
    both = await client.send("GET", f"{path}?symbol=BTCUSDT&limit=5", "limit=7", in_body=True)
    assert len(both.body["bids"]) == 5
    assert (await client.send("GET", path, "symbol=%FF")).code == -1100


async def test_parameters_may_travel_in_query_or_body(client: RawClient) -> None:
    placed = await client.call("POST", "/fapi/v1/order", in_body=True, **MARKET)
    assert placed.status == 200
    assert placed.headers["X-MBX-ORDER-COUNT-1M"] == "1"
    assert (await client.call("POST", "/fapi/v1/order", **MARKET)).status == 200
    dual = await client.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="False")
    assert dual.code == -4059


async def test_an_order_without_a_client_id_gets_the_same_one_in_every_run() -> None:
    names: list[list[str]] = []
    for _ in range(2):
        async with running_paper_exchange() as paper:
            await paper.create_account()
            async with raw_client(paper) as client:
                placed = [await client.call("POST", "/fapi/v1/order", **MARKET) for _ in range(3)]
        names.append([answer.body["clientOrderId"] for answer in placed])
    assert names[0] == names[1]
    assert len(set(names[0])) == 3


async def test_an_acknowledgement_may_be_lean(tmp_path: Any) -> None:
    async with running_paper_exchange(binance=BinanceOptions(lean_ack=True)) as paper:
        await paper.create_account()
        async with raw_client(paper) as client:
            answer = await client.call("POST", "/fapi/v1/order", **MARKET)
            assert answer.body["status"] == "NEW"
            assert not {"avgPrice", "cumQuote"} & set(answer.body)


async def test_malformed_orders_are_refused_by_name(client: RawClient) -> None:
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({"side": "HOLD"}, -1117),
        ({"type": "FANCY"}, -1116),
        ({"type": "STOP_MARKET"}, -4120),
        ({"symbol": "NONEUSDT"}, -1121),
        ({"quantity": "many"}, -1102),
        ({"positionSide": "LONG"}, -4061),
        ({"newClientOrderId": "x" * 37}, -4015),
        ({"newClientOrderId": "not allowed"}, -1100),
        ({"type": "LIMIT", "price": "80000"}, -1102),
        ({"type": "LIMIT", "price": "80000", "timeInForce": "DAY"}, -1115),
        ({"price": "80000"}, -1106),
    )
    for change, code in cases:
        answer = await client.call("POST", "/fapi/v1/order", **{**MARKET, **change})
        assert (answer.status, answer.code) == (400, code), change


async def test_conditional_orders_are_refused_by_name(client: RawClient) -> None:
    stop = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "STOP_MARKET",
        "triggerPrice": "50000",
    }
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({}, -1102),
        ({"quantity": "0.01", "closePosition": "true"}, -4137),
        ({"closePosition": "true", "reduceOnly": "true"}, -4138),
        ({"quantity": "0.01", "workingType": "INDEX"}, -4031),
        ({"quantity": "0.01", "triggerPrice": "900000"}, -2021),
        ({"quantity": "0.01", "type": "STOP"}, -1102),
        ({"quantity": "0.01", "type": "TRAILING_STOP_MARKET", "callbackRate": "20"}, -2007),
    )
    for change, code in cases:
        answer = await client.call("POST", "/fapi/v1/algoOrder", **{**stop, **change})
        assert answer.code == code, change
    assert (await client.call("GET", "/fapi/v1/algoOrder", algoId=1)).code == -2013
    assert (await client.call("DELETE", "/fapi/v1/algoOrder", algoId=1)).code == -2011


async def test_an_unfilled_order_is_forgotten_after_three_days_of_market_time(
    paper: Paper, client: RawClient
) -> None:
    limit = {**MARKET, "type": "LIMIT", "price": "80000", "timeInForce": "GTC"}
    order = (await client.call("POST", "/fapi/v1/order", **limit)).body
    wanted = {"symbol": "BTCUSDT", "orderId": order["orderId"]}
    await client.call("DELETE", "/fapi/v1/order", **wanted)
    assert (await client.call("GET", "/fapi/v1/order", **wanted)).body["status"] == "CANCELED"
    await paper.advance(minutes=73 * 60)
    assert (await client.call("GET", "/fapi/v1/order", **wanted)).code == -2013


async def test_trades_are_paged_by_id_and_income_by_time(client: RawClient) -> None:
    for _ in range(5):
        await client.call("POST", "/fapi/v1/order", **MARKET)
    path = "/fapi/v1/userTrades"
    rows = (await client.call("GET", path, symbol="BTCUSDT")).body
    page = (await client.call("GET", path, symbol="BTCUSDT", fromId=rows[2]["id"], limit=2)).body
    assert [row["id"] for row in page] == [rows[2]["id"], rows[3]["id"]]
    income = (await client.call("GET", "/fapi/v1/income", limit=3, page=2)).body
    everything = (await client.call("GET", "/fapi/v1/income")).body
    assert income == everything[3:6]
    start_ms = everything[-1]["time"] + 1
    assert (await client.call("GET", "/fapi/v1/income", startTime=start_ms)).body == []


async def test_a_countdown_cancels_what_is_open(paper: Paper, client: RawClient) -> None:
    limit = {**MARKET, "type": "LIMIT", "price": "80000", "timeInForce": "GTC"}
    await client.call("POST", "/fapi/v1/order", **limit)
    await client.call("POST", "/fapi/v1/countdownCancelAll", symbol="BTCUSDT", countdownTime=1)
    async with asyncio.timeout(60):
        while (await paper.account())["open_orders"]:
            await asyncio.sleep(0.05)


async def test_an_ended_key_is_told_to_its_streams(paper: Paper, client: RawClient) -> None:
    key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
    assert (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"] == key
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}/private/stream?streams={key}") as socket,
    ):
        await client.send("DELETE", "/fapi/v1/listenKey")
        async with asyncio.timeout(60):
            frame = json.loads(await socket.receive_str())
        assert frame == {"stream": key, "data": {**frame["data"], "e": "listenKeyExpired"}}
    assert (await client.send("PUT", "/fapi/v1/listenKey")).code == -1125


async def test_streams_of_another_group_and_retired_paths_stay_silent(
    paper: Paper, client: RawClient
) -> None:
    key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}/ws/{key}") as retired,
        session.ws_connect(f"{paper.ws_url}/public/ws/btcusdt@kline_1m") as misplaced,
        session.ws_connect(f"{paper.ws_url}/private/ws?listenKey={key}") as served,
    ):
        await client.call("POST", "/fapi/v1/order", **MARKET)
        await paper.advance(minutes=2)
        async with asyncio.timeout(60):
            assert json.loads(await served.receive_str())["e"] == "ORDER_TRADE_UPDATE"
        for socket in (retired, misplaced):
            await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": 9})
            async with asyncio.timeout(60):
                assert json.loads(await socket.receive_str())["id"] == 9


async def test_an_unknown_path_or_method_answers_a_page(client: RawClient) -> None:
    for method, path in (("GET", "/fapi/v1/nothing"), ("PATCH", "/fapi/v1/order")):
        answer = await client.send(method, path)
        assert answer.status == 404
        assert answer.body.lstrip().startswith("<")


async def test_an_unknown_path_answers_json_as_the_test_network_does() -> None:
    options = BinanceOptions(testnet_errors=True)
    async with running_paper_exchange(binance=options) as paper, raw_client(paper) as client:
        answer = await client.send("GET", "/fapi/v1/nothing")
    assert (answer.status, answer.code) == (404, -5000)
    assert answer.body["msg"] == "Path /fapi/v1/nothing, Method GET is invalid"


async def test_a_planned_fault_happens_once_and_is_recorded(
    paper: Paper, client: RawClient
) -> None:
    await paper.plan_fault(
        "respond",
        "/fapi/v1/order",
        status=503,
        body='{"code":-1000,"msg":"Unknown error, please check your request or try again later."}',
    )
    assert (await client.call("POST", "/fapi/v1/order", **MARKET)).status == 503
    assert (await client.call("POST", "/fapi/v1/order", **MARKET)).status == 200
    happened = (await paper.control("GET", "/faults"))["happened"]
    assert [row["path"] for row in happened] == ["/fapi/v1/order"]


def test_an_address_that_goes_on_above_its_weight_is_banned() -> None:
    limits = RateLimits(weight_limit=10)
    assert limits.spend("127.0.0.2", 10, 0) == 10
    statuses: list[int] = []
    for _ in range(52):
        with pytest.raises(WireError) as caught:
            limits.spend("127.0.0.2", 1, 1)
        statuses.append(caught.value.status)
        assert int(caught.value.headers["Retry-After"]) >= 1
    assert statuses[0] == 429
    assert statuses[-1] == 418
    assert limits.spend("127.0.0.3", 1, 1) == 1
    assert limits.spend("127.0.0.2", 1, BAN_MS + 10) == 1


def test_bans_grow_and_their_end_is_told() -> None:
    limits = RateLimits(weight_limit=1, retry_after=False)
    now_ms, lengths = 0, []
    for _ in range(14):
        refusal = None
        while refusal is None or refusal.status != 418:
            with pytest.raises(WireError) as caught:
                limits.spend("127.0.0.2", 2, now_ms)
            refusal = caught.value
        assert "Retry-After" not in refusal.headers
        until_ms = int(refusal.message.split("until ")[1].split(".")[0])
        lengths.append(until_ms - now_ms)
        now_ms = until_ms
    assert lengths[:3] == [BAN_MS, 2 * BAN_MS, 4 * BAN_MS]
    assert lengths[-1] == LONGEST_BAN_MS == 3 * 86_400_000


def test_an_account_has_its_own_order_limit() -> None:
    limits = RateLimits()
    for _ in range(300):
        headers = limits.count_order("key-1", 1, 0)
    assert headers["X-MBX-ORDER-COUNT-10S"] == "300"
    with pytest.raises(WireError) as caught:
        limits.count_order("key-1", 1, 5_000)
    assert caught.value.code == -1015
    assert limits.count_order("key-2", 1, 5_000)["X-MBX-ORDER-COUNT-10S"] == "1"
    assert limits.count_order("key-1", 1, 10_001)["X-MBX-ORDER-COUNT-1M"] == "301"
