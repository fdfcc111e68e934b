"""Real ccxt clients trade against the paper exchange's Bybit dialect over real sockets."""

import asyncio
import hashlib
import hmac
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import ccxt.async_support as ccxt
import ccxt.pro
import pytest
from aiohttp import ClientSession, WSMsgType

from tests.paper import running_paper_exchange
from tests.paper_exchange.bybit_desk import Desk, RunningClockwork, running_desk

SYMBOL = "BTC/USDT:USDT"


def make_client(base: str, key: str = "key-1", **options: Any) -> Any:
    """Point a ccxt client at a server, as the platform's own endpoint setting does."""
    client = ccxt.pro.bybit(
        {
            "apiKey": key,
            "secret": f"secret-{key}",
            "enableRateLimit": False,
            "options": {"fetchMarkets": {"types": ["linear"]}, **options},
        }
    )
    client.urls["api"].update(dict.fromkeys(("spot", "futures", "v2", "public", "private"), base))
    streams = client.urls["api"]["ws"]
    host = base.removeprefix("http://")
    streams["public"]["linear"] = f"ws://{host}/v5/public/linear"
    private = {"unified": f"ws://{host}/v5/private"}
    for product in ("contract", "usdc"):
        streams["private"][product] = private["unified"]
    streams["private"]["spot"] = private
    return client


def base_url(desk: Desk) -> str:
    return str(desk.server.make_url("")).rstrip("/")


@asynccontextmanager
async def trading_desk(**rights: Any) -> AsyncIterator[tuple[Desk, Any]]:
    async with running_desk(RunningClockwork()) as desk:
        desk.open_account(**rights)
        client = make_client(base_url(desk))
        try:
            await client.load_markets()
            yield desk, client
        finally:
            await client.close()


async def test_markets_filters_and_tiers_are_read() -> None:
    async with trading_desk() as (_, client):
        market = client.market(SYMBOL)
        assert (market["id"], market["linear"], market["active"]) == ("BTCUSDT", True, True)
        assert market["precision"] == {"amount": 0.001, "price": 0.1}
        assert market["limits"]["cost"]["min"] == 5
        assert market["limits"]["leverage"]["max"] == 100
        tiers = await client.fetch_market_leverage_tiers(SYMBOL)
        assert (tiers[0]["maxLeverage"], tiers[0]["maintenanceMarginRate"]) == (100, 0.005)


async def test_balance_and_clock() -> None:
    async with trading_desk(balance="2500.5") as (_, client):
        balance = await client.fetch_balance()
        assert balance["USDT"]["total"] == 2500.5
        assert abs(await client.fetch_time() - time.time() * 1000) < 5000


async def test_market_data_is_read() -> None:
    async with trading_desk() as (_, client):
        candles = await client.fetch_ohlcv(SYMBOL, "1m", limit=5)
        assert [c[0] for c in candles] == sorted(c[0] for c in candles)
        assert len(candles) == 5
        ticker = await client.fetch_ticker(SYMBOL)
        assert ticker["bid"] < ticker["ask"]
        rate = await client.fetch_funding_rate(SYMBOL)
        assert rate["fundingRate"] == 0.0001
        book = await client.fetch_order_book(SYMBOL)
        assert book["bids"][0][0] == ticker["bid"]


async def test_a_market_order_becomes_a_position_and_trades() -> None:
    async with trading_desk() as (_, client):
        order = await client.create_order(
            SYMBOL, "market", "buy", 0.01, params={"clientOrderId": "ours-1"}
        )
        found = await client.fetch_order(order["id"], SYMBOL, {"acknowledged": True})
        assert (found["status"], found["filled"], found["clientOrderId"]) == (
            "closed",
            0.01,
            "ours-1",
        )
        (position,) = await client.fetch_positions([SYMBOL])
        assert (position["side"], position["contracts"], position["leverage"]) == ("long", 0.01, 10)
        (trade,) = await client.fetch_my_trades(SYMBOL)
        assert (trade["order"], trade["takerOrMaker"]) == (order["id"], "taker")
        assert trade["fee"]["rate"] == 0.00055


async def test_a_limit_order_is_found_and_cancelled_by_link_id() -> None:
    async with trading_desk() as (_, client):
        await client.create_order(
            SYMBOL, "limit", "buy", 0.01, 99000, {"clientOrderId": "rest", "timeInForce": "GTC"}
        )
        (resting,) = await client.fetch_open_orders(SYMBOL)
        assert (resting["clientOrderId"], resting["price"]) == ("rest", 99000)
        edited = await client.edit_order(resting["id"], SYMBOL, "limit", "buy", 0.02, 98000)
        assert edited["id"] == resting["id"]
        await client.cancel_order("", SYMBOL, {"orderLinkId": "rest"})
        assert await client.fetch_open_orders(SYMBOL) == []
        (ended,) = await client.fetch_canceled_orders(SYMBOL)
        assert (ended["clientOrderId"], ended["amount"]) == ("rest", 0.02)
        with pytest.raises(ccxt.OrderNotFound):
            await client.cancel_order("", SYMBOL, {"orderLinkId": "rest"})


async def test_a_stop_by_trigger_closes_the_position() -> None:
    async with trading_desk() as (desk, client):
        await client.create_order(SYMBOL, "market", "buy", 0.01)
        stop = await client.create_order(
            SYMBOL,
            "market",
            "sell",
            0.01,
            params={"stopLossPrice": 95000, "clientOrderId": "leg-1"},
        )
        (waiting,) = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
        assert (waiting["id"], waiting["triggerPrice"]) == (stop["id"], 95000)
        desk.move("94900")
        positions = await client.fetch_positions()
        assert [position["contracts"] for position in positions if position["contracts"]] == []
        legs = await client.fetch_my_trades(SYMBOL)
        assert legs[-1]["info"]["orderLinkId"] == "leg-1"


async def test_an_attached_stop_protects_without_a_link_id() -> None:
    async with trading_desk() as (_, client):
        await client.create_order(
            SYMBOL,
            "market",
            "buy",
            0.01,
            params={"stopLoss": {"triggerPrice": 95000}, "clientOrderId": "entry"},
        )
        (stop,) = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
        assert stop["info"]["stopOrderType"] == "StopLoss"
        assert stop["info"]["orderLinkId"] == ""
        (position,) = await client.fetch_positions([SYMBOL])
        assert position["stopLossPrice"] == 95000


async def test_leverage_and_modes_are_set() -> None:
    async with trading_desk() as (_, client):
        await client.set_leverage(7, SYMBOL)
        assert (await client.fetch_leverage(SYMBOL))["longLeverage"] == 7
        with pytest.raises(ccxt.BadRequest, match="110043"):
            await client.set_leverage(7, SYMBOL)
        with pytest.raises(ccxt.NoChange, match="110025"):
            await client.set_position_mode(False)


async def test_errors_carry_bybits_codes() -> None:
    async with trading_desk() as (desk, client):
        with pytest.raises(ccxt.InsufficientFunds, match="110007"):
            await client.create_order(SYMBOL, "market", "buy", 90)
        await client.create_order(SYMBOL, "market", "buy", 0.01, params={"clientOrderId": "a"})
        with pytest.raises(ccxt.InvalidOrder, match="110072"):
            await client.create_order(SYMBOL, "market", "buy", 0.01, params={"clientOrderId": "a"})
        with pytest.raises(ccxt.BaseError, match="110017"):
            await client.create_order(SYMBOL, "market", "buy", 0.01, params={"reduceOnly": True})
        stranger = make_client(base_url(desk), "nobody")
        with pytest.raises(ccxt.AuthenticationError, match="10003"):
            await stranger.private_get_v5_user_query_api()
        await stranger.close()


async def test_the_log_ties_to_the_wallet_to_the_last_digit() -> None:
    async with trading_desk(balance="7777.123456") as (desk, client):
        for index in range(9):
            side = "buy" if index % 2 else "sell"
            await client.create_order(SYMBOL, "market", side, 0.017)
        desk.pass_time(9 * 3600)
        rows: list[dict[str, Any]] = []
        cursor = ""
        while True:
            answer = await client.private_get_v5_account_transaction_log(
                {"currency": "USDT", "limit": 3, "cursor": cursor}
            )
            rows += answer["result"]["list"]
            cursor = answer["result"]["nextPageCursor"]
            if not cursor:
                break
        wallet = await client.private_get_v5_account_wallet_balance({"accountType": "UNIFIED"})
        balance = Decimal(wallet["result"]["list"][0]["coin"][0]["walletBalance"])
        assert {row["type"] for row in rows} == {"TRANSFER_IN", "TRADE", "SETTLEMENT"}
        assert sum(Decimal(row["change"]) for row in rows) == balance
        ledger = await client.fetch_ledger("USDT", limit=50)
        assert len(ledger) == len(rows)


@pytest.mark.parametrize("withdraw", [False, True])
async def test_a_key_that_can_withdraw_says_so(withdraw: bool) -> None:
    async with trading_desk(withdraw=withdraw) as (_, client):
        answer = await client.private_get_v5_user_query_api()
        permissions = answer["result"]["permissions"]
        assert ("Withdraw" in permissions["Wallet"]) is withdraw
        assert permissions["ContractTrade"] == ["Order", "Position"]
        assert answer["result"]["readOnly"] in (0, "0")


async def test_a_raw_private_stream_tells_an_execution() -> None:
    async with trading_desk() as (desk, client), ClientSession() as session:
        socket = await session.ws_connect(desk.server.make_url("/v5/private"))
        expires = str(int(time.time() * 1000) + 10_000)
        signature = hmac.new(
            b"secret-key-1", f"GET/realtime{expires}".encode(), hashlib.sha256
        ).hexdigest()
        await socket.send_json({"op": "auth", "args": ["key-1", expires, signature]})
        assert (await socket.receive_json(timeout=5))["success"] is True
        await socket.send_json({"op": "subscribe", "args": ["execution"]})
        assert (await socket.receive_json(timeout=5))["success"] is True
        order = await client.create_order(SYMBOL, "market", "buy", 0.01)
        message = await socket.receive(timeout=5)
        assert message.type is WSMsgType.TEXT
        (execution,) = message.json()["data"]
        (trade,) = await client.fetch_my_trades(SYMBOL)
        assert (execution["orderId"], execution["execId"]) == (order["id"], trade["id"])


async def test_ccxts_own_streams_work() -> None:
    async with trading_desk() as (desk, client):
        waiting = asyncio.create_task(client.watch_my_trades(SYMBOL))
        ticker = await asyncio.wait_for(client.watch_ticker(SYMBOL), timeout=5)
        assert ticker["last"] == 100000
        candles = await asyncio.wait_for(client.watch_ohlcv(SYMBOL, "1m"), timeout=5)
        assert candles[-1][4] == 100000
        while not desk.count_listeners("execution"):
            await client.fetch_time()
        order = await client.create_order(SYMBOL, "market", "buy", 0.01)
        (trade, *_) = await asyncio.wait_for(waiting, timeout=5)
        assert trade["order"] == order["id"]


async def test_a_restart_of_the_process_keeps_order_stop_and_wallet(tmp_path: Path) -> None:
    async def look(url: str) -> tuple[Any, ...]:
        client = make_client(url)
        try:
            await client.load_markets()
            if not await client.fetch_positions():
                await client.create_order(
                    SYMBOL, "market", "buy", 0.01, params={"stopLoss": {"triggerPrice": 50000}}
                )
            (stop,) = await client.fetch_open_orders(SYMBOL)
            (trade,) = await client.fetch_my_trades(SYMBOL)
            wallet = await client.private_get_v5_account_wallet_balance({"accountType": "UNIFIED"})
            coin = wallet["result"]["list"][0]["coin"][0]
            return stop["info"], trade["info"], coin["walletBalance"]
        finally:
            await client.close()

    async with running_paper_exchange(home=tmp_path) as paper:
        await paper.create_account("bybit", api_secret="secret-key-1", balance="5000.1")
        before = await look(paper.url)
    async with running_paper_exchange(home=tmp_path) as paper:
        assert await look(paper.url) == before
