"""Capabilities that real ccxt and ccxt.pro, unmodified, find on the Binance dialect."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

import ccxt.pro as ccxtpro
import pytest

from tests.paper import SECRET, Paper, running_paper_exchange

SYMBOL, OTHER = "BTC/USDT:USDT", "ETH/USDT:USDT"
PATIENCE_S = 120.0


@asynccontextmanager
async def connected(paper: Paper) -> AsyncIterator[Any]:
    client = ccxtpro.binanceusdm({"apiKey": "key-1", "secret": SECRET})
    for name, address in client.urls["api"].items():
        if isinstance(address, str):
            client.urls["api"][name] = paper.url + urlsplit(address).path
    client.urls["api"]["ws"]["linear"] = f"{paper.ws_url}/ws"
    client.urls["api"]["ws"]["ws-api"]["linear"] = f"{paper.ws_url}/ws-fapi/v1"
    linear = client.exceptions["linear"]
    client.exceptions["exact"].update(linear.get("exact", {}))
    client.exceptions["broad"].update(linear.get("broad", {}))
    try:
        async with asyncio.timeout(PATIENCE_S):
            await client.load_markets()
            yield client
    finally:
        await client.close()


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange(paused=False) as running:
        await running.create_account(permissions={"universal_transfer": True})
        yield running


Card = Callable[[Any], Awaitable[Any]]
WATCHED: dict[str, Card] = {
    "watch_ticker": lambda c: c.watch_ticker(SYMBOL),
    "watch_tickers": lambda c: c.watch_tickers([SYMBOL, OTHER]),
    "watch_bids_asks": lambda c: c.watch_bids_asks([SYMBOL]),
    "watch_mark_price": lambda c: c.watch_mark_price(SYMBOL),
    "watch_mark_prices": lambda c: c.watch_mark_prices([SYMBOL, OTHER]),
    "watch_trades": lambda c: c.watch_trades(SYMBOL),
    "watch_ohlcv": lambda c: c.watch_ohlcv(SYMBOL, "1m"),
    "watch_order_book": lambda c: c.watch_order_book(SYMBOL),
    "watch_order_book of 20": lambda c: c.watch_order_book(SYMBOL, 20),
}


async def test_every_market_stream_reaches_ccxt(paper: Paper) -> None:
    async with connected(paper) as client:
        told = await asyncio.gather(*(watch(client) for watch in WATCHED.values()))
    assert [name for name, content in zip(WATCHED, told, strict=True) if not content] == []


async def test_a_watched_book_stays_right_while_the_price_moves(paper: Paper) -> None:
    async with connected(paper) as client:
        for _ in range(4):
            book = await client.watch_order_book(SYMBOL)
            assert book["bids"][0][0] < book["asks"][0][0]
            await paper.advance(seconds=30)


async def test_what_an_order_does_reaches_every_private_stream(paper: Paper) -> None:
    async with connected(paper) as client:
        watched = [
            asyncio.create_task(client.watch_orders()),
            asyncio.create_task(client.watch_my_trades()),
            asyncio.create_task(client.watch_positions([SYMBOL])),
            asyncio.create_task(client.watch_balance()),
        ]
        while not all(task.done() for task in watched):
            await client.create_order(SYMBOL, "market", "buy", 0.01)
            await asyncio.wait(watched, timeout=2, return_when=asyncio.ALL_COMPLETED)
        orders, trades, positions, balance = await asyncio.gather(*watched)
        assert orders[-1]["symbol"] == SYMBOL
        assert trades[-1]["amount"] > 0
        assert positions[-1]["side"] == "long"
        assert balance["USDT"]["total"] > 0


async def test_orders_are_traded_over_the_websocket_api(paper: Paper) -> None:
    async with connected(paper) as client:
        price = float(await paper.price("BTCUSDT")) - 2000
        placed = await client.create_order_ws(SYMBOL, "limit", "buy", 0.01, price)
        found = await client.fetch_order_ws(placed["id"], SYMBOL)
        assert found["status"] == "open"
        edited = await client.edit_order_ws(placed["id"], SYMBOL, "limit", "buy", 0.02, price)
        assert edited["amount"] == 0.02
        ended = await client.cancel_order_ws(placed["id"], SYMBOL)
        assert ended["status"] == "canceled"
        market = await client.create_order_ws(SYMBOL, "market", "buy", 0.01)
        assert market["filled"] == 0.01
        positions = await client.fetch_positions_ws([SYMBOL])
        assert positions[0]["contracts"] == 0.01
        balance = await client.fetch_balance_ws()
        assert balance["USDT"]["total"] > 0
        assert (await client.fetch_ticker_ws(SYMBOL))["bid"] > 0
        assert (await client.fetch_order_book_ws(SYMBOL))["bids"]


async def test_hedge_mode_and_isolated_margin_through_ccxt(paper: Paper) -> None:
    async with connected(paper) as client:
        await client.set_position_mode(True)
        assert (await client.fetch_position_mode(SYMBOL))["hedged"] is True
        await client.set_margin_mode("isolated", SYMBOL)
        assert (await client.fetch_margin_mode(SYMBOL))["marginMode"] == "isolated"
        long = await client.create_order(SYMBOL, "market", "buy", 0.02, None, {"hedged": True})
        assert long["status"] == "closed"
        await client.create_order(SYMBOL, "market", "sell", 0.01, None, {"hedged": True})
        sides = {p["side"]: p for p in await client.fetch_positions()}
        assert set(sides) == {"long", "short"}
        assert sides["long"]["marginMode"] == "isolated"
        closing = {"hedged": True, "reduceOnly": True}
        await client.create_order(SYMBOL, "market", "sell", 0.02, None, closing)
        assert [p["side"] for p in await client.fetch_positions()] == ["short"]


async def test_margin_is_moved_through_ccxt(paper: Paper) -> None:
    async with connected(paper) as client:
        await client.set_margin_mode("isolated", OTHER)
        await client.create_order(OTHER, "market", "buy", 0.1)
        added = await client.add_margin(OTHER, 20)
        assert added["amount"] == 20
        await client.reduce_margin(OTHER, 5)
        history = await client.fetch_margin_adjustment_history(OTHER)
        assert [row["type"] for row in history] == ["add", "reduce"]


async def test_every_kind_of_order_through_ccxt(paper: Paper) -> None:
    async with connected(paper) as client:
        price = float(await paper.price("BTCUSDT"))
        far, near = round(price * 0.93, 1), round(price * 1.04, 1)
        await client.create_order(SYMBOL, "market", "buy", 0.05)
        made = [
            await client.create_order(SYMBOL, "limit", "buy", 0.01, far, extra)
            for extra in ({}, {"postOnly": True}, {"timeInForce": "IOC"})
        ]
        assert [order["timeInForce"] for order in made] == ["GTC", "PO", "IOC"]
        algos = [
            await client.create_order(SYMBOL, "market", "sell", 0.01, None, extra)
            for extra in (
                {"stopLossPrice": far, "reduceOnly": True},
                {"takeProfitPrice": near, "reduceOnly": True},
                {"trailingPercent": 2, "reduceOnly": True},
            )
        ]
        assert [order["info"]["orderType"] for order in algos] == [
            "STOP_MARKET",
            "TAKE_PROFIT_MARKET",
            "TRAILING_STOP_MARKET",
        ]
        edited = await client.edit_order(made[0]["id"], SYMBOL, "limit", "buy", 0.02, far)
        assert edited["amount"] == 0.02
        assert len(await client.fetch_open_orders(SYMBOL)) == 2
        assert len(await client.fetch_open_orders(SYMBOL, params={"trigger": True})) == 3
        await client.cancel_all_orders(SYMBOL)
        assert len(await client.fetch_open_orders(SYMBOL, params={"trigger": True})) == 3
        await client.cancel_all_orders(SYMBOL, {"trigger": True})
        assert await client.fetch_open_orders(SYMBOL, params={"trigger": True}) == []
        assert len(await client.fetch_orders(SYMBOL)) >= 4
        assert await client.fetch_closed_orders(SYMBOL)


READ: dict[str, Card] = {
    "fetch_balance v2": lambda c: c.fetch_balance({"useV2": True}),
    "fetch_trading_fee": lambda c: c.fetch_trading_fee(SYMBOL),
    "fetch_trading_fees": lambda c: c.fetch_trading_fees(),
    "fetch_leverages": lambda c: c.fetch_leverages(),
    "fetch_margin_modes": lambda c: c.fetch_margin_modes(),
    "fetch_leverage_tiers": lambda c: c.fetch_leverage_tiers(),
    "fetch_funding_rates": lambda c: c.fetch_funding_rates(),
    "fetch_funding_intervals": lambda c: c.fetch_funding_intervals(),
    "fetch_open_interest": lambda c: c.fetch_open_interest(SYMBOL),
    "fetch_open_interest_history": lambda c: c.fetch_open_interest_history(SYMBOL, "5m"),
    "fetch_long_short_ratio_history": lambda c: c.fetch_long_short_ratio_history(SYMBOL, "5m"),
    "fetch_mark_ohlcv": lambda c: c.fetch_mark_ohlcv(SYMBOL, "1m"),
    "fetch_index_ohlcv": lambda c: c.fetch_index_ohlcv(SYMBOL, "1m"),
    "fetch_premium_index_ohlcv": lambda c: c.fetch_premium_index_ohlcv(SYMBOL, "1m"),
    "fetch_last_prices": lambda c: c.fetch_last_prices([SYMBOL]),
    "fetch_bids_asks": lambda c: c.fetch_bids_asks([SYMBOL]),
    "fetch_mark_prices": lambda c: c.fetch_mark_prices(),
    "fetch_ledger": lambda c: c.fetch_ledger("USDT"),
    "fetch_status": lambda c: c.fetch_status(),
    "fetch_time": lambda c: c.fetch_time(),
    "transfer": lambda c: c.transfer("USDT", 10, "linear", "spot"),
}


async def test_every_reading_card_is_answered(paper: Paper) -> None:
    async with connected(paper) as client:
        empty = [name for name, read in READ.items() if not await read(client)]
    assert empty == []
