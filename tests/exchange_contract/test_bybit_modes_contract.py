"""ccxt and ccxt.pro use Bybit's modes, stops, transfers and trade socket over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import ccxt.async_support as ccxt
import pytest

from tests.exchange_contract.test_bybit_contract import SYMBOL, base_url, make_client
from tests.paper_exchange.bybit_desk import Desk, RunningClockwork, running_desk
from tests.waiting import until


@asynccontextmanager
async def trading_desk(**rights: Any) -> AsyncIterator[tuple[Desk, Any]]:
    async with running_desk(RunningClockwork()) as desk:
        desk.open_account(**rights)
        url = base_url(desk)
        client = make_client(url)
        trade = url.replace("http://", "ws://") + "/v5/trade"
        client.urls["api"]["ws"]["private"]["trade"] = trade
        try:
            await client.load_markets()
            yield desk, client
        finally:
            await client.close()


async def test_a_hedged_account_holds_both_sides() -> None:
    async with trading_desk() as (_, client):
        await client.set_position_mode(True)
        await client.create_order(SYMBOL, "market", "buy", 0.02, params={"hedged": True})
        await client.create_order(SYMBOL, "market", "sell", 0.01, params={"hedged": True})
        held = {p["side"]: p["contracts"] for p in await client.fetch_positions([SYMBOL])}
        assert held == {"long": 0.02, "short": 0.01}
        leave = {"hedged": True, "reduceOnly": True}
        await client.create_order(SYMBOL, "market", "sell", 0.02, params=leave)
        held = {p["side"]: p["contracts"] for p in await client.fetch_positions()}
        assert held == {"short": 0.01}
        with pytest.raises(ccxt.ExchangeError, match="110024"):
            await client.set_position_mode(False)


async def test_an_isolated_account_says_so() -> None:
    async with trading_desk() as (_, client):
        await client.set_margin_mode("isolated", SYMBOL, {"leverage": 10})
        await client.create_order(SYMBOL, "market", "buy", 0.02)
        (position,) = await client.fetch_positions()
        assert position["liquidationPrice"] < position["entryPrice"]
        info = await client.private_get_v5_account_info()
        assert info["result"]["marginMode"] == "ISOLATED_MARGIN"
        balance = await client.fetch_balance()
        assert balance["USDT"]["total"] > 9000


async def test_trailing_stops_and_stop_objects_are_understood() -> None:
    async with trading_desk() as (_, client):
        await client.create_order(SYMBOL, "market", "buy", 0.02)
        trail = {"trailingAmount": "500"}
        await client.create_order(SYMBOL, "market", "sell", 0.02, params=trail)
        (stop,) = await client.fetch_open_orders(SYMBOL, params={"trigger": True})
        assert stop["info"]["stopOrderType"] == "TrailingStop"
        await client.cancel_order(stop["id"], SYMBOL)
        stops = {
            "stopLoss": {"triggerPrice": 95000},
            "takeProfit": {"triggerPrice": 105000},
        }
        await client.create_order(SYMBOL, "limit", "buy", 0.01, 99000, params=stops)
        (order,) = await client.fetch_open_orders(SYMBOL)
        assert (order["stopLossPrice"], order["takeProfitPrice"]) == (95000, 105000)
        edited = await client.edit_order(order["id"], SYMBOL, "limit", "buy", 0.02, 98000)
        assert edited["id"] == order["id"]
        batch = await client.create_orders(
            [
                {"symbol": SYMBOL, "type": "limit", "side": "buy", "amount": 0.01, "price": price}
                for price in (97000, 96000)
            ]
        )
        await client.cancel_orders([made["id"] for made in batch], SYMBOL)
        assert len(await client.fetch_open_orders(SYMBOL)) == 1


async def test_money_is_moved_and_listed() -> None:
    async with trading_desk(internal_transfer=True) as (_, client):
        await client.transfer("USDT", 100, "unified", "fund")
        transfers = await client.fetch_transfers("USDT")
        assert (100, "fund") in [(each["amount"], each["toAccount"]) for each in transfers]
        funding = await client.fetch_balance({"type": "fund"})
        assert funding["USDT"]["total"] == 100
        assert await client.fetch_deposits("USDT") == []
        assert await client.fetch_withdrawals("USDT") == []


async def test_public_figures_are_read() -> None:
    async with trading_desk() as (_, client):
        ratio = await client.fetch_long_short_ratio_history(SYMBOL, "1h")
        assert ratio[0]["longShortRatio"] == 1
        rates = await client.fetch_funding_rate_history(SYMBOL, limit=3)
        assert len(rates) == 3
        premium = await client.fetch_ohlcv(SYMBOL, "1m", params={"price": "premiumIndex"})
        assert premium
        interest = await client.fetch_open_interest(SYMBOL)
        assert interest["symbol"] == SYMBOL


async def test_orders_go_over_the_trade_socket() -> None:
    async with trading_desk() as (_, client):
        made = await client.create_order_ws(SYMBOL, "limit", "buy", 0.01, 90000)
        (order,) = await client.fetch_open_orders(SYMBOL)
        assert order["id"] == made["id"]
        await client.edit_order_ws(made["id"], SYMBOL, "limit", "buy", 0.02, 91000)
        await client.cancel_order_ws(made["id"], SYMBOL)
        assert await client.fetch_open_orders(SYMBOL) == []
        with pytest.raises(ccxt.InsufficientFunds):
            await client.create_order_ws(SYMBOL, "limit", "buy", 100, 90000)


async def test_the_streams_of_ccxt_keep_a_book_and_the_account() -> None:
    async with trading_desk() as (desk, client):
        book = await asyncio.wait_for(client.watch_order_book(SYMBOL), timeout=60)
        assert book["bids"][0][0] < book["asks"][0][0]
        best = book["asks"][0][0]
        desk.clockwork.pass_time(1)
        desk.move("101000")
        while book["asks"][0][0] == best:
            desk.clockwork.pass_time(1)
            desk.move("101000")
            book = await asyncio.wait_for(client.watch_order_book(SYMBOL), timeout=60)
        assert book["bids"][0][0] < book["asks"][0][0]
        assert book["bids"][0][0] > 100_500
        # The client's first answer is the snapshot that it reads; the stream comes after.
        assert await client.watch_positions([SYMBOL]) == []
        waiting = [
            asyncio.create_task(client.watch_orders(SYMBOL)),
            asyncio.create_task(client.watch_positions([SYMBOL])),
            asyncio.create_task(client.watch_balance()),
        ]
        topics = ("order", "position", "wallet")
        await until(lambda: all(desk.count_listeners(topic) for topic in topics))
        made = await client.create_order(SYMBOL, "market", "buy", 0.01)
        orders, positions, balance = await asyncio.wait_for(asyncio.gather(*waiting), timeout=60)
        assert orders[-1]["id"] == made["id"]
        assert positions[-1]["symbol"] == SYMBOL
        assert balance["USDT"]["total"] < 10_000
