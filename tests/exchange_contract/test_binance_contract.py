"""Real ccxt, unmodified, and a raw user stream against the Binance dialect over real sockets."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import ccxt.async_support as ccxt
import pytest

from tests.paper import SECRET, Paper, running_paper_exchange

SYMBOL = "BTC/USDT:USDT"


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


@asynccontextmanager
async def connected(
    paper: Paper, *, api_key: str = "key-1", secret: str = SECRET
) -> AsyncIterator[Any]:
    client = ccxt.binanceusdm({"apiKey": api_key, "secret": secret})
    for name, address in client.urls["api"].items():
        if isinstance(address, str):
            client.urls["api"][name] = paper.url + urlsplit(address).path
    linear = client.exceptions["linear"]
    client.exceptions["exact"].update(linear.get("exact", {}))
    client.exceptions["broad"].update(linear.get("broad", {}))
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def user_stream(paper: Paper, client: Any) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    key = (await client.fapiPrivatePostListenKey())["listenKey"]
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}/private/ws/{key}") as socket,
    ):
        yield socket


async def next_event(
    socket: aiohttp.ClientWebSocketResponse, kind: str, **wanted: str
) -> dict[str, Any]:
    async with asyncio.timeout(60):
        while True:
            frame: dict[str, Any] = json.loads(await socket.receive_str())
            order = frame.get("o", {})
            if frame.get("e") == kind and wanted.items() <= order.items():
                return frame


async def test_markets_and_balance_are_read_at_start(paper: Paper) -> None:
    async with connected(paper) as client:
        markets = await client.load_markets()
        market = markets[SYMBOL]
        assert market["precision"]["price"] == 0.1
        assert market["limits"]["amount"]["min"] == 0.001
        balance = await client.fetch_balance()
        assert balance["USDT"]["total"] == 10000
        assert await client.fetch_positions() == []
        tiers = await client.fetch_leverage_tiers([SYMBOL])
        assert tiers[SYMBOL][0]["maintenanceMarginRate"] == 0.004


async def test_a_market_order_is_filled_and_every_record_agrees(paper: Paper) -> None:
    async with connected(paper) as client:
        order = await client.create_order(
            SYMBOL, "market", "buy", 0.1, None, {"clientOrderId": "entry-1"}
        )
        assert order["status"] == "closed"
        assert order["filled"] == 0.1
        trades = await client.fapiPrivateGetUserTrades({"symbol": "BTCUSDT"})
        commission = sum(Decimal(trade["commission"]) for trade in trades)
        quote = sum(Decimal(trade["quoteQty"]) for trade in trades)
        assert commission == quote * Decimal("0.0005")
        income = await client.fapiPrivateGetIncome()
        assert [row["incomeType"] for row in income] == ["TRANSFER", *["COMMISSION"] * len(trades)]
        wallet = Decimal((await client.fapiPrivateV3GetAccount())["totalWalletBalance"])
        assert wallet == sum(Decimal(row["income"]) for row in income)
        position = (await client.fetch_positions())[0]
        assert position["contracts"] == 0.1
        assert position["side"] == "long"
        found = await client.fetch_order(None, SYMBOL, {"origClientOrderId": "entry-1"})
        assert found["id"] == order["id"]
        assert len(await client.fetch_my_trades(SYMBOL)) == len(trades)


async def test_a_large_market_order_walks_the_book(paper: Paper) -> None:
    await paper.create_account(api_key="rich", balance="50000000")
    async with connected(paper, api_key="rich") as client:
        order = await client.create_order(SYMBOL, "market", "buy", 10)
        trades = await client.fapiPrivateGetUserTrades({"symbol": "BTCUSDT"})
        assert len(trades) > 1
        assert sum(Decimal(trade["qty"]) for trade in trades) == 10
        prices = [Decimal(trade["price"]) for trade in trades]
        assert prices == sorted(prices)
        assert order["average"] > float(prices[0])


async def test_a_limit_order_rests_fills_at_its_price_and_pays_the_maker_rate(
    paper: Paper,
) -> None:
    price = await paper.price("BTCUSDT")
    limit = price - 50
    async with connected(paper) as client, user_stream(paper, client) as socket:
        order = await client.create_order(SYMBOL, "limit", "buy", 0.05, float(limit))
        assert order["status"] == "open"
        assert len(await client.fetch_open_orders(SYMBOL)) == 1
        await next_event(socket, "ORDER_TRADE_UPDATE", x="NEW")
        await paper.set_price("BTCUSDT", limit - 20)
        await paper.advance(seconds=10)
        frame = await next_event(socket, "ORDER_TRADE_UPDATE", x="TRADE", X="FILLED")
        assert Decimal(frame["o"]["L"]) == limit
        assert frame["o"]["m"] is True
        trade = (await client.fapiPrivateGetUserTrades({"symbol": "BTCUSDT"}))[0]
        assert Decimal(trade["commission"]) == limit * Decimal("0.05") * Decimal("0.0002")
        assert await client.fetch_open_orders(SYMBOL) == []


async def test_a_resting_order_is_cancelled_and_unknown_ids_are_told(paper: Paper) -> None:
    price = await paper.price("BTCUSDT")
    async with connected(paper) as client:
        order = await client.create_order(
            SYMBOL, "limit", "buy", 0.05, float(price - 500), {"clientOrderId": "rest-1"}
        )
        with pytest.raises(ccxt.InvalidOrder, match="-4116"):
            await client.create_order(
                SYMBOL, "limit", "buy", 0.05, float(price - 500), {"clientOrderId": "rest-1"}
            )
        cancelled = await client.cancel_order(order["id"], SYMBOL)
        assert cancelled["status"] == "canceled"
        with pytest.raises(ccxt.OrderNotFound, match="-2011"):
            await client.cancel_order(order["id"], SYMBOL)
        with pytest.raises(ccxt.OrderNotFound, match="-2013"):
            await client.fetch_order(None, SYMBOL, {"origClientOrderId": "never-sent"})
        again = await client.create_order(
            SYMBOL, "limit", "buy", 0.05, float(price - 500), {"clientOrderId": "rest-1"}
        )
        assert again["id"] != order["id"]
        edited = await client.edit_order(
            again["id"], SYMBOL, "limit", "buy", 0.06, float(price - 600)
        )
        assert edited["amount"] == 0.06
        await client.cancel_all_orders(SYMBOL)
        assert await client.fetch_open_orders(SYMBOL) == []


async def test_a_stop_lives_in_the_algo_service_and_closes_the_position(paper: Paper) -> None:
    price = await paper.price("BTCUSDT")
    trigger = (price * Decimal("0.98")).quantize(Decimal("0.1"))
    async with connected(paper) as client, user_stream(paper, client) as socket:
        await client.create_order(SYMBOL, "market", "buy", 0.1)
        stop = await client.create_order(
            SYMBOL,
            "market",
            "sell",
            0.1,
            None,
            {"stopLossPrice": float(trigger), "reduceOnly": True, "clientOrderId": "stop-1"},
        )
        assert await client.fetch_open_orders(SYMBOL) == []
        waiting = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
        assert [order["id"] for order in waiting] == [stop["id"]]
        await next_event(socket, "ALGO_UPDATE", X="NEW")
        await paper.move_price("BTCUSDT", "-3")
        triggered = await next_event(socket, "ALGO_UPDATE", X="TRIGGERED")
        frame = await next_event(socket, "ORDER_TRADE_UPDATE", x="TRADE", X="FILLED", S="SELL")
        assert str(frame["o"]["i"]) == triggered["o"]["ai"]
        assert frame["o"]["ot"] == "STOP_MARKET"
        assert frame["o"]["c"] == "stop-1"
        await next_event(socket, "ALGO_UPDATE", X="FINISHED")
        assert await client.fetch_positions() == []
        raw = await client.fapiPrivateGetAlgoOrder({"clientAlgoId": "stop-1"})
        assert raw["algoStatus"] == "FINISHED"
        income = await client.fapiPrivateGetIncome()
        wallet = Decimal((await client.fapiPrivateV3GetAccount())["totalWalletBalance"])
        assert wallet == sum(Decimal(row["income"]) for row in income)
        realised = [row for row in income if row["incomeType"] == "REALIZED_PNL"]
        assert Decimal(realised[0]["income"]) < 0


async def test_a_close_position_stop_is_cancelled_by_its_client_id(paper: Paper) -> None:
    price = await paper.price("BTCUSDT")
    async with connected(paper) as client:
        await client.create_order(SYMBOL, "market", "sell", 0.1)
        await client.create_order(
            SYMBOL,
            "STOP_MARKET",
            "buy",
            None,
            None,
            {
                "closePosition": True,
                "triggerPrice": float(price * 2 // 10 * 10),
                "clientOrderId": "guard-1",
            },
        )
        answer = await client.fapiPrivateDeleteAlgoOrder(
            {"symbol": "BTCUSDT", "clientAlgoId": "guard-1"}
        )
        assert answer["code"] == "200"
        with pytest.raises(ccxt.InvalidOrder, match="-2021"):
            await client.create_order(
                SYMBOL,
                "STOP_MARKET",
                "buy",
                None,
                None,
                {"closePosition": True, "triggerPrice": float(price // 20 * 10)},
            )
        with pytest.raises(ccxt.ExchangeError, match="-4120"):
            await client.fapiPrivatePostOrder(
                {"symbol": "BTCUSDT", "side": "BUY", "type": "STOP_MARKET", "quantity": "0.1"}
            )


async def test_refusals_carry_the_codes_of_the_exchange(paper: Paper) -> None:
    async with connected(paper) as client:
        await client.load_markets()
        with pytest.raises(ccxt.InsufficientFunds, match="-2019"):
            await client.create_order(SYMBOL, "market", "buy", 50)
        with pytest.raises(ccxt.ExchangeError, match="-2022"):
            await client.create_order(SYMBOL, "market", "sell", 0.1, None, {"reduceOnly": True})
        raw = {"symbol": "BTCUSDT", "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
        cases = (
            ({"quantity": "0.0001", "price": "80000"}, "-1111"),
            ({"quantity": "0.001", "price": "80000.005"}, "-1111"),
            ({"quantity": "0.001", "price": "80000.05"}, "-4014"),
            ({"quantity": "0.001", "price": "80000"}, "-4164"),
            ({"quantity": "0.01", "price": "990000"}, "-4016"),
        )
        for parameters, code in cases:
            with pytest.raises(ccxt.ExchangeError, match=code):
                await client.fapiPrivatePostOrder({**raw, **parameters})


async def test_leverage_and_modes_answer_as_the_exchange_does(paper: Paper) -> None:
    async with connected(paper) as client:
        await client.load_markets()
        answer = await client.set_leverage(5, SYMBOL)
        assert int(answer["leverage"]) == 5
        leverage = await client.fetch_leverage(SYMBOL)
        assert leverage["longLeverage"] == 5
        with pytest.raises(ccxt.MarginModeAlreadySet):
            await client.fapiPrivatePostMarginType({"symbol": "BTCUSDT", "marginType": "CROSSED"})
        with pytest.raises(ccxt.ExchangeError, match="-4059"):
            await client.set_position_mode(False)
        assert (await client.fetch_position_mode(SYMBOL))["hedged"] is False


async def test_a_key_is_judged_by_its_rights_address_and_signature(paper: Paper) -> None:
    await paper.create_account(api_key="viewer", permissions={"trade": False})
    await paper.create_account(api_key="elsewhere", permissions={"ip_whitelist": ["10.0.0.1"]})
    await paper.create_account(api_key="rich-rights", permissions={"withdraw": True})
    async with connected(paper, api_key="viewer") as client:
        rights = await client.sapiGetAccountApiRestrictions()
        assert rights["enableFutures"] is False
        assert (await client.fetch_balance())["USDT"]["total"] == 10000
    async with connected(paper, api_key="viewer") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.fapiPrivatePostLeverage({"symbol": "BTCUSDT", "leverage": 3})
    async with connected(paper, api_key="elsewhere") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-2015"):
            await client.fapiPrivateV3GetAccount()
    async with connected(paper, api_key="rich-rights") as client:
        rights = await client.sapiGetAccountApiRestrictions()
        assert rights["enableWithdrawals"] is True
    async with connected(paper, secret="wrong") as client:
        with pytest.raises(ccxt.AuthenticationError, match="-1022"):
            await client.fapiPrivateV3GetAccount()


async def test_batches_answer_item_by_item(paper: Paper) -> None:
    price = await paper.price("BTCUSDT")
    async with connected(paper) as client:
        good = {
            "symbol": SYMBOL,
            "type": "limit",
            "side": "buy",
            "amount": 0.05,
            "price": float(price - 500),
        }
        orders = await client.create_orders([good, {**good, "amount": 0.06}])
        assert [order["status"] for order in orders] == ["open", "open"]
        raw = [
            {
                "symbol": "BTCUSDT",
                "side": "BUY",
                "type": "MARKET",
                "quantity": quantity,
            }
            for quantity in ("50", "0.01")
        ]
        answers = await client.fapiPrivatePostBatchOrders({"batchOrders": raw})
        assert int(answers[0]["code"]) == -2019
        assert answers[1]["symbol"] == "BTCUSDT"
        ids = [order["id"] for order in orders]
        cancelled = await client.cancel_orders(ids, SYMBOL)
        assert len(cancelled) == 2


async def test_market_data_reads_like_the_exchange(paper: Paper) -> None:
    async with connected(paper) as client:
        candles = await client.fetch_ohlcv(SYMBOL, "5m", limit=50)
        assert len(candles) == 50
        assert {b[0] - a[0] for a, b in pairwise(candles)} == {300_000}
        ticker = await client.fetch_ticker(SYMBOL)
        assert ticker["low"] <= ticker["last"] <= ticker["high"]
        book = await client.fetch_order_book(SYMBOL, 10)
        assert book["bids"][0][0] < book["asks"][0][0]
        funding = await client.fetch_funding_rate(SYMBOL)
        assert funding["markPrice"] > 0
        assert len(await client.fetch_funding_rate_history(SYMBOL, limit=5)) == 5
        assert await client.fetch_trades(SYMBOL, limit=20)
        assert len(await client.fetch_tickers()) >= 10


async def test_funding_is_paid_at_its_hours_of_market_time(paper: Paper) -> None:
    async with connected(paper) as client, user_stream(paper, client) as socket:
        await client.create_order(SYMBOL, "market", "sell", 0.1)
        await paper.advance(minutes=8 * 60)
        async with asyncio.timeout(60):
            while True:
                frame = json.loads(await socket.receive_str())
                if frame["e"] == "ACCOUNT_UPDATE" and frame["a"]["m"] == "FUNDING_FEE":
                    break
        rows = await client.fapiPrivateGetIncome({"incomeType": "FUNDING_FEE"})
        assert Decimal(rows[0]["income"]) == Decimal(frame["a"]["B"][0]["bc"])
        assert int(rows[0]["time"]) % (8 * 3_600_000) == 0


async def test_public_streams_tell_every_closed_minute(paper: Paper) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}/market/ws/0") as socket,
    ):
        await socket.send_json(
            {"method": "SUBSCRIBE", "params": ["btcusdt@kline_1m", "btcusdt@markPrice@1s"], "id": 1}
        )
        assert json.loads(await socket.receive_str()) == {"result": None, "id": 1}
        await paper.advance(minutes=5)
        closed: list[int] = []
        async with asyncio.timeout(60):
            while len(closed) < 5:
                frame = json.loads(await socket.receive_str())
                if frame["e"] == "kline" and frame["k"]["x"]:
                    closed.append(frame["k"]["t"])
        assert {b - a for a, b in pairwise(closed)} == {60_000}


async def test_an_order_whose_answer_is_lost_is_found_by_its_client_id(paper: Paper) -> None:
    async with connected(paper) as client:
        await client.load_markets()
        await paper.plan_fault("drop_after", "/fapi/v1/order", method="POST")
        with pytest.raises(ccxt.NetworkError):
            await client.create_order(
                SYMBOL, "market", "buy", 0.1, None, {"clientOrderId": "lost-1"}
            )
        found = await client.fetch_order(None, SYMBOL, {"origClientOrderId": "lost-1"})
        assert found["status"] == "closed"


async def test_too_much_weight_is_refused_with_429(paper: Paper) -> None:
    async with aiohttp.ClientSession() as session:
        statuses: list[int] = []
        # More than a minute's weight, and enough again where a minute ends in between.
        while len(statuses) < 400 and 429 not in statuses:
            async with session.get(f"{paper.url}/fapi/v1/aggTrades?symbol=BTCUSDT") as answer:
                statuses.append(answer.status)
                last = answer
        assert statuses[0] == 200
        assert statuses[-1] == 429
        assert int(last.headers["X-MBX-USED-WEIGHT-1M"]) >= 1
