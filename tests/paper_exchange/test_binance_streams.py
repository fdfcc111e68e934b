"""Streams of the Binance dialect: groups, requests, limits, books that add up, a tape told once."""

import asyncio
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.stream_names import read_name
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import (
    PATIENCE_S,
    opened,
    raw_client,
    receive,
    receive_event,
)


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


async def ask(socket: aiohttp.ClientWebSocketResponse, **message: Any) -> dict[str, Any]:
    """Send a message and wait for its answer among the frames."""
    await socket.send_json(message)
    async with asyncio.timeout(PATIENCE_S):
        while True:
            frame: dict[str, Any] = json.loads(await socket.receive_str())
            if frame.get("id") == message.get("id") and ("result" in frame or "error" in frame):
                return frame


@pytest.mark.parametrize(
    ("path", "event"),
    [
        ("/public/ws/btcusdt@bookTicker", "bookTicker"),
        ("/public/ws/btcusdt@depth5@100ms", "depthUpdate"),
        ("/public/ws/btcusdt@depth20", "depthUpdate"),
        ("/public/ws/!bookTicker", "bookTicker"),
        ("/market/ws/btcusdt@kline_1m", "kline"),
        ("/market/ws/btcusdt_perpetual@continuousKline_5m", "continuous_kline"),
        ("/market/ws/btcusdt@markPrice", "markPriceUpdate"),
        ("/market/ws/btcusdt@markPrice@1s", "markPriceUpdate"),
        ("/market/ws/btcusdt@miniTicker", "24hrMiniTicker"),
        ("/market/ws/btcusdt@ticker", "24hrTicker"),
    ],
)
async def test_a_stream_in_the_path_is_served_by_its_group(
    paper: Paper, path: str, event: str
) -> None:
    async with opened(paper, path) as socket:
        frame = await receive(socket)
    assert frame["e"] == event


async def test_lists_of_all_contracts_come_as_one_frame(paper: Paper) -> None:
    names = "!ticker@arr/!miniTicker@arr/!markPrice@arr@1s"
    async with opened(paper, f"/market/stream?streams={names}") as socket:
        seen: dict[str, int] = {}
        async with asyncio.timeout(PATIENCE_S):
            while len(seen) < 3:
                frame = json.loads(await socket.receive_str())
                seen[frame["stream"]] = len(frame["data"])
    assert set(seen) == set(names.split("/"))
    assert min(seen.values()) >= 10


async def test_streams_are_wrapped_by_path_or_property(paper: Paper) -> None:
    async with opened(paper, "/market/stream?streams=btcusdt@markPrice@1s") as socket:
        frame = await receive(socket)
        assert frame["stream"] == "btcusdt@markPrice@1s"
        assert frame["data"]["s"] == "BTCUSDT"
        assert (await ask(socket, method="GET_PROPERTY", params=["combined"], id=1))["result"]
        await ask(socket, method="SET_PROPERTY", params=["combined", False], id=2)
        assert (await receive(socket))["e"] == "markPriceUpdate"


async def test_subscriptions_are_listed_and_ended(paper: Paper) -> None:
    names = ["btcusdt@bookTicker", "ethusdt@depth"]
    async with opened(paper, "/public/ws") as socket:
        assert (await ask(socket, method="SUBSCRIBE", params=names, id="a-1"))["result"] is None
        await receive_event(socket, "bookTicker")
        await ask(socket, method="UNSUBSCRIBE", params=names[:1], id=2)
        listed = await ask(socket, method="LIST_SUBSCRIPTIONS", id=3)
        assert listed["result"] == names[1:]


async def test_a_listen_key_is_subscribed_like_a_stream(paper: Paper) -> None:
    async with raw_client(paper) as client, opened(paper, "/private/stream") as socket:
        key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
        await ask(socket, method="SUBSCRIBE", params=[key], id=1)
        assert (await ask(socket, method="LIST_SUBSCRIPTIONS", id=2))["result"] == [key]
        order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
        await client.call("POST", "/fapi/v1/order", **order)
        frame = await receive(socket)
        assert frame["stream"] == key
        assert frame["data"]["e"] == "ORDER_TRADE_UPDATE"
        await ask(socket, method="UNSUBSCRIBE", params=[key], id=3)
        assert (await ask(socket, method="LIST_SUBSCRIPTIONS", id=4))["result"] == []


async def test_retired_paths_serve_everything_when_they_are_switched_on() -> None:
    async with running_paper_exchange(binance=BinanceOptions(legacy_streams=True)) as paper:
        await paper.create_account()
        async with raw_client(paper) as client:
            key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
            async with (
                opened(paper, f"/ws/{key}") as own,
                opened(paper, "/stream?streams=btcusdt@bookTicker/btcusdt@markPrice") as market,
            ):
                order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
                await client.call("POST", "/fapi/v1/order", **order)
                await receive_event(own, "ORDER_TRADE_UPDATE")
                assert "stream" in await receive(market)


async def test_differences_lead_from_the_snapshot_to_the_book(paper: Paper) -> None:
    async with raw_client(paper) as client, opened(paper, "/public/ws/btcusdt@depth") as socket:
        snapshot = (await client.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000")).body
        book = {side: dict(snapshot[side]) for side in ("bids", "asks")}
        reached, steps = snapshot["lastUpdateId"], 0
        async with asyncio.timeout(PATIENCE_S):
            while steps < 4:
                await paper.advance(seconds=35)
                frame = json.loads(await socket.receive_str())
                if frame["u"] < snapshot["lastUpdateId"]:
                    continue
                if steps == 0:
                    assert frame["U"] <= reached <= frame["u"]
                else:
                    assert frame["pu"] == reached
                reached, steps = frame["u"], steps + 1
                apply(book["bids"], frame["b"])
                apply(book["asks"], frame["a"])
                assert max(map(Decimal, book["bids"])) < min(map(Decimal, book["asks"]))
        now = (await client.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&limit=1000")).body
        if now["lastUpdateId"] == reached + 1:
            assert book == {side: dict(now[side]) for side in ("bids", "asks")}


def apply(side: dict[str, str], changes: list[list[str]]) -> None:
    """Apply changed levels; a quantity of 0 ends a level."""
    for price, quantity in changes:
        if Decimal(quantity):
            side[price] = quantity
        else:
            side.pop(price, None)


async def test_every_trade_is_told_once_and_is_found_again(paper: Paper) -> None:
    names = "/market/ws/btcusdt@aggTrade"
    async with raw_client(paper) as client, opened(paper, names) as socket:
        seen: list[int] = []
        async with asyncio.timeout(PATIENCE_S):
            while len(seen) < 12:
                await paper.advance(seconds=20)
                while len(seen) < 12:
                    try:
                        frame = json.loads(await socket.receive_str(timeout=1.0))
                    except TimeoutError:
                        break
                    seen.append(frame["a"])
        assert seen == sorted(set(seen))
        query = f"symbol=BTCUSDT&fromId={seen[0]}&limit=1000"
        told = (await client.send("GET", "/fapi/v1/aggTrades", query)).body
        assert set(seen) <= {row["a"] for row in told}
        assert [row["a"] for row in told] == sorted(row["a"] for row in told)


async def test_a_liquidation_is_told_to_everybody(paper: Paper) -> None:
    await paper.create_account(api_key="thin", balance="800", leverage=100)
    names = "btcusdt@forceOrder/!forceOrder@arr"
    order = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.3"}
    async with (
        raw_client(paper, "thin") as client,
        opened(paper, f"/market/stream?streams={names}") as socket,
    ):
        placed = await client.call("POST", "/fapi/v1/order", **order)
        assert placed.status == 200, placed.body
        await paper.move_price("BTCUSDT", "-5")
        streams = {(await receive(socket))["stream"] for _ in range(2)}
        forced = (await client.call("GET", "/fapi/v1/forceOrders")).body
    assert streams == set(names.split("/"))
    assert forced[0]["clientOrderId"].startswith("autoclose-")
    assert forced[0]["side"] == "SELL"
    assert (forced[0]["type"], forced[0]["timeInForce"]) == ("LIMIT", "IOC")
    assert Decimal(forced[0]["price"]) > 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", 3),
        ("{", 3),
        ("[]", 2),
        ('{"id":1}', 2),
        ('{"method":"FLY","params":[],"id":1}', 2),
        ('{"method":["SUBSCRIBE"],"params":[],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":"btcusdt@depth","id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[1],"id":1}', 2),
        ('{"method":"SUBSCRIBE","params":[],"id":{"a":1}}', 2),
        ('{"method":"SET_PROPERTY","params":["combined","yes"],"id":1}', 1),
        ('{"method":"GET_PROPERTY","params":["other"],"id":1}', 0),
    ],
)
async def test_a_bad_message_gets_an_error_and_the_stream_lives_on(
    paper: Paper, text: str, code: int
) -> None:
    async with opened(paper, "/market/ws") as socket:
        await socket.send_str(text)
        assert (await receive(socket))["error"]["code"] == code
        assert (await ask(socket, method="LIST_SUBSCRIPTIONS", id=9))["result"] == []


async def test_what_is_no_websocket_gets_a_page(paper: Paper) -> None:
    async with raw_client(paper) as client:
        for path in ("/ws-fapi/v1", "/market/ws", "/private/stream", "/ws"):
            answer = await client.send("GET", path)
            assert answer.status == 400
            assert answer.body.startswith("<html>")


@pytest.mark.parametrize("path", ["/market/ws", "/ws-fapi/v1"])
async def test_hostile_frames_end_their_own_connection_only(paper: Paper, path: str) -> None:
    hostile = {1007: b"\xff\xfe", 1009: b"x" * (3 << 20)}
    async with opened(paper, path) as calm:
        for code, frame in hostile.items():
            async with opened(paper, path) as socket, asyncio.timeout(PATIENCE_S):
                await socket.send_frame(frame, aiohttp.WSMsgType.TEXT)
                await socket.receive()
                assert socket.close_code == code
        await calm.send_bytes(b"\x00\x01")
        await calm.send_str("nonsense")
        assert "error" in await receive(calm)


async def test_a_connection_has_at_most_1024_streams(paper: Paper) -> None:
    async with opened(paper, "/market/ws") as socket:
        names = [f"s{number}usdt@markPrice" for number in range(1024)]
        assert (await ask(socket, method="SUBSCRIBE", params=names, id=1))["result"] is None
        more = await ask(socket, method="SUBSCRIBE", params=["btcusdt@markPrice"], id=2)
        assert more["error"]["code"] == 2


async def test_a_client_that_talks_too_much_is_cut_off(paper: Paper) -> None:
    async with opened(paper, "/market/ws") as socket:
        async with asyncio.timeout(PATIENCE_S):
            for number in range(200):
                if socket.closed:
                    break
                await socket.send_json({"method": "LIST_SUBSCRIPTIONS", "id": number})
            while (await socket.receive()).type is aiohttp.WSMsgType.TEXT:
                continue
        assert socket.close_code == 1008


async def test_a_connection_ends_with_its_day() -> None:
    options = BinanceOptions(life_s=0.2)
    async with running_paper_exchange(binance=options) as paper:
        for path in ("/market/ws", "/ws-fapi/v1"):
            async with opened(paper, path) as socket, asyncio.timeout(PATIENCE_S):
                message = await socket.receive()
                assert message.type is aiohttp.WSMsgType.CLOSE


async def test_a_silent_client_is_pinged_and_given_up() -> None:
    options = BinanceOptions(ping_s=0.1)
    async with (
        running_paper_exchange(binance=options) as paper,
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{paper.ws_url}/market/ws", autoping=False) as socket,
    ):
        pings = 0
        async with asyncio.timeout(PATIENCE_S):
            while (message := await socket.receive()).type is aiohttp.WSMsgType.PING:
                pings += 1
        assert pings == 3
        assert message.type is aiohttp.WSMsgType.CLOSE


def test_names_are_read_or_refused() -> None:
    cases = {
        "btcusdt@kline_1m": ("BTCUSDT", "kline", "1m", "market"),
        "btcusdt@depth@100ms": ("BTCUSDT", "depth", "@100ms", "public"),
        "btcusdt_perpetual@continuousKline_1h": ("BTCUSDT", "continuousKline", "1h", "market"),
        "!bookTicker": ("", "bookTicker", "", "public"),
    }
    for name, wanted in cases.items():
        read = read_name(name)
        assert read is not None
        assert (read.symbol, read.word, read.rest, read.group) == wanted
    for name in ("btcusdt", "btcusdt@nothing", "BTCUSDT@depth", "@depth", "!all@arr"):
        assert read_name(name) is None
