"""Every answer and frame has the keys, types and words of our specification of Bybit."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from daemon.paper_exchange import bybit
from daemon.paper_exchange.bybit.errors import MESSAGES, Code
from daemon.paper_exchange.bybit.refusals import bybit_error
from daemon.paper_exchange.bybit.routes import success_words
from daemon.paper_exchange.refusals import Reason, Refused
from tests.paper_exchange.bybit_desk import Client, running_client
from tests.paper_exchange.bybit_endpoints import (
    MARKET,
    ORDER_MORE,
    POSTS,
    SIGNED,
    SOCKETS,
    TICKER,
    Endpoint,
)
from tests.paper_exchange.bybit_shapes import (
    EXECUTION,
    ORDER,
    POSITION,
    SIDE,
    WALLET,
    Shape,
    complaints,
)

SHARED = Path(__file__).resolve().parents[3] / "shared" / "wire"
SAMPLES = SHARED / "bybit_docs"
beside_samples = pytest.mark.skipif(
    not SAMPLES.exists(), reason="the wire samples are not beside this checkout"
)
SERVED = {*(endpoint.path for endpoint in MARKET + SIGNED), *POSTS}
DISCONNECT = "/v5/order/disconnected-cancel-all"


async def trade_a_day(client: Client) -> None:
    """Make rows of every kind: each order status, each stop, funding, a liquidation, transfers."""
    await client.post(DISCONNECT, timeWindow=10, product="DERIVATIVES")
    await client.placed(qty="0.05", stopLoss="90000", takeProfit="120000")
    stop = "/v5/position/trading-stop"
    assert (await client.post(stop, symbol="BTCUSDT", trailingStop="5000"))["retCode"] == 0
    part = {"tpslMode": "Partial", "stopLoss": "91000", "slSize": "0.01"}
    assert (await client.post(stop, symbol="BTCUSDT", **part))["retCode"] == 0
    await client.placed(side="Sell", qty="0.02", reduceOnly=True, orderLinkId="out-1")
    await client.placed(triggerPrice="95000", triggerDirection=2, orderLinkId="wait-1")
    resting = await client.placed(orderType="Limit", price="99000", stopLoss="90000")
    await client.placed(orderType="Limit", price="101000", timeInForce="PostOnly")
    await client.placed(orderType="Limit", qty="100", price="100001", timeInForce="FOK")
    client.desk.pass_time(1)
    await client.post("/v5/order/cancel", symbol="BTCUSDT", orderId=resting)
    move = {"transferId": "8705eeb5-e81b-45b6-bb62-547b274f8bff", "coin": "USDT", "amount": "10"}
    sides = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    moved = await client.post("/v5/asset/transfer/inter-transfer", **move, **sides)
    assert moved["retCode"] == 0
    client.desk.pass_time(8 * 3600 + 60)


async def answers(client: Client) -> Iterator[tuple[Endpoint, Any]]:
    found: list[tuple[Endpoint, Any]] = []
    for endpoint in MARKET + SIGNED:
        answer = await client.get(endpoint.path, **endpoint.params)
        assert answer["retCode"] == 0, (endpoint.path, answer)
        assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
        found.append((endpoint, answer["result"]))
    return iter(found)


async def found_complaints(client: Client) -> list[str]:
    return [
        f"{endpoint.path} {complaint}"
        for endpoint, result in await answers(client)
        for complaint in complaints(endpoint.shape, result)
    ]


async def test_every_answer_of_a_day_has_its_shape() -> None:
    async with running_client("3000000", rights={"internal_transfer": True}) as client:
        await trade_a_day(client)
        assert await found_complaints(client) == []
        history = await client.rows("/v5/order/history", symbol="BTCUSDT")
        assert {row["orderStatus"] for row in history} == {"Filled", "Cancelled"}
        await client.post("/v5/order/cancel-all", symbol="BTCUSDT")
        assert await found_complaints(client) == []


async def test_answers_of_hedged_isolated_and_liquidated_accounts_have_their_shapes() -> None:
    async with running_client("3000", rights={"internal_transfer": True}) as client:
        await client.post("/v5/account/set-margin-mode", setMarginMode="ISOLATED_MARGIN")
        await client.post("/v5/position/switch-mode", coin="USDT", mode=3)
        await client.placed(qty="0.05", positionIdx=1, stopLoss="70000")
        await client.placed(side="Sell", qty="0.05", positionIdx=2)
        assert await found_complaints(client) == []
        client.desk.move("85000")
        client.desk.pass_time(60)
        assert await found_complaints(client) == []
        log = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        assert "BustTrade" in {row["execType"] for row in log}


async def test_what_is_served_is_what_is_specified() -> None:
    async with running_client() as client:
        served = client.desk.server.app[bybit.REST].paths()
        assert served["GET"] == sorted(endpoint.path for endpoint in MARKET + SIGNED)
        assert served["POST"] == sorted(POSTS)
        for path in POSTS:
            answer = await client.post(path)
            assert set(answer) == {"retCode", "retMsg", "result", "retExtInfo", "time"}
        for path in SOCKETS:
            await (await client.stream(path)).close()


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH"])
async def test_an_unknown_path_is_not_found(method: str) -> None:
    async with running_client() as client:
        url = client.desk.server.make_url("/v5/order/nothing")
        async with client.session.request(method, url) as answer:
            assert (answer.status, await answer.text()) == (404, "404 page not found")
        if method not in ("GET", "POST"):
            url = client.desk.server.make_url("/v5/order/create")
            async with client.session.request(method, url) as answer:
                assert answer.status == 404


@pytest.mark.skipif(not SHARED.exists(), reason="the list of observed calls is not at hand")
def test_everything_that_real_clients_were_seen_to_call_is_served() -> None:
    matrix = json.loads((SHARED / "observed_clients" / "endpoint_matrix.json").read_text())
    served = {("GET", endpoint.path) for endpoint in MARKET + SIGNED}
    served |= {("POST", path) for path in POSTS}
    served |= {(method, path) for path in SOCKETS for method in ("WS_OPEN", "WS_SEND")}
    called = {(row["method"], row["path"]) for row in matrix if row["path"].startswith("/v5/")}
    assert called - served == set()


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Walk a payload to its ends; of a list of rows only the first counts, words are one end."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from leaves(inner, f"{path}.{name}" if path else name)
    elif isinstance(value, list) and value and not isinstance(value[0], str):
        yield from leaves(value[0], f"{path}[]")
    else:
        yield path, value


@beside_samples
async def test_answers_have_the_keys_and_types_of_the_samples() -> None:
    async with running_client("3000000", rights={"internal_transfer": True}) as client:
        await trade_a_day(client)
        different: list[str] = []
        for endpoint, result in await answers(client):
            if not endpoint.sample:
                continue
            text = (SAMPLES / f"{endpoint.sample}.json").read_text()
            sample = dict(leaves(json.loads(text)["examples"][0]["result"]))
            ours = dict(leaves(result))
            for key in sample.keys() ^ ours.keys():
                allowed = endpoint.others if key in sample else endpoint.more
                if not allowed.intersection(key.replace("[]", "").split(".")):
                    different.append(f"{endpoint.path} {key}")
            for key in sample.keys() & ours.keys():
                if type(sample[key]) is not type(ours[key]):
                    different.append(f"{endpoint.path} {key} {ours[key]!r}")
        assert different == []


@beside_samples
def test_a_success_is_said_in_the_words_of_the_samples() -> None:
    samples = [json.loads(file.read_text()) for file in SAMPLES.glob("*__*.json")]
    said = {each["path"]: each["examples"][0] for each in samples if each["path"] in SERVED}
    words = {path: one["retMsg"] for path, one in said.items() if one.get("retCode") == 0}
    assert {path: success_words(path) for path in words} == words


@beside_samples
def test_our_codes_are_those_of_the_official_table() -> None:
    rows = json.loads((SAMPLES / "error_codes.json").read_text())
    official = {int(row["code"]) for row in rows if not row["deprecated"]}
    # The table lacks the code of the sample of set-margin-mode, and (general knowledge) those of
    # a second login of a socket and of a stop that is as it was.
    known = {int(Code.STREAM_REPEATED_LOGIN), int(Code.NOT_MODIFIED), int(Code.MARGIN_MODE)}
    assert {int(code) for code in Code} - official - known == set()
    assert set(MESSAGES) == set(Code)


@pytest.mark.parametrize("reason", list(Reason))
def test_every_refusal_of_the_engine_has_a_code_and_words(reason: Reason) -> None:
    error = bybit_error(Refused(reason))
    assert error.code > 0
    assert error.message


POSITION_FRAME = {name: shape for name, shape in POSITION.items() if name != "avgPrice"}
PRIVATE: dict[str, Shape] = {
    "order": ORDER | {"category": ("linear",), "closedPnl": "number", "feeCurrency": ""},
    "execution": EXECUTION,
    "position": POSITION_FRAME | {"category": ("linear",), "entryPrice": "number"},
    "wallet": WALLET,
    "execution.fast": {
        "category": ("linear",),
        "symbol": "symbol",
        "execId": "uuid",
        "execPrice": "number",
        "execQty": "number",
        "orderId": "uuid",
        "isMaker": "flag",
        "orderLinkId": "link",
        "side": SIDE,
        "execTime": "ms",
        "seq": "count",
    },
}


async def test_private_frames_have_their_shapes() -> None:
    async with running_client() as client:
        socket = await client.stream("/v5/private", sign_in=True)
        topics = [*PRIVATE, *(f"{name}.linear" for name in PRIVATE if name != "wallet")]
        await socket.send_json({"op": "subscribe", "args": topics})
        assert (await socket.receive_json(timeout=30))["success"] is True
        await client.placed(stopLoss="95000", takeProfit="105000", orderLinkId="in-1")
        client.desk.move("94990")
        client.desk.pass_time(8 * 3600)
        waiting = set(topics)
        while waiting:
            frame = await socket.receive_json(timeout=30)
            name = frame["topic"].removesuffix(".linear")
            head = {"topic": "text", "creationTime": "count", "data": [PRIVATE[name]]}
            head |= {} if name == "execution.fast" else {"id": "text"}
            assert list(complaints(head, frame)) == []
            waiting.discard(frame["topic"])


LEVELS = [["number"]]
STREAM_TICKER = {
    name: shape
    for name, shape in TICKER.items()
    if name not in ("preOpenPrice", "preQty", "curPreListingPhase", "basisRateYear")
} | {"tickDirection": ("PlusTick", "ZeroPlusTick", "MinusTick", "ZeroMinusTick")}
KLINE = {
    "start": "count",
    "end": "count",
    "interval": "text",
    "open": "number",
    "close": "number",
    "high": "number",
    "low": "number",
    "volume": "number",
    "turnover": "number",
    "confirm": "flag",
    "timestamp": "count",
}
TRADE = {
    "T": "count",
    "s": "symbol",
    "S": SIDE,
    "v": "number",
    "p": "number",
    "L": STREAM_TICKER["tickDirection"],
    "i": "uuid",
    "BT": "flag",
    "seq": "count",
}
PUBLIC: dict[str, Shape] = {
    "orderbook.50.BTCUSDT": {
        "data": {"s": "symbol", "b": LEVELS, "a": LEVELS, "u": "count", "seq": "count"},
        "cts": "count",
    },
    "orderbook.rpi.BTCUSDT": {
        "data": {"s": "symbol", "b": LEVELS, "a": LEVELS, "u": "count", "seq": "count"},
        "cts": "count",
    },
    "tickers.BTCUSDT": {"data": STREAM_TICKER, "cs": "count"},
    "kline.1.BTCUSDT": {"data": [KLINE]},
    "publicTrade.BTCUSDT": {"data": [TRADE]},
    "allLiquidation.BTCUSDT": {
        "data": [{"T": "count", "s": "symbol", "S": SIDE, "v": "number", "p": "number"}]
    },
}


async def test_public_frames_have_their_shapes() -> None:
    async with running_client("1100") as client:
        socket = await client.stream("/v5/public/linear")
        await socket.send_json({"op": "subscribe", "args": list(PUBLIC)})
        assert (await socket.receive_json(timeout=30))["success"] is True
        await client.placed(qty="0.1")
        client.desk.move("80000")
        client.desk.pass_time(60)
        waiting = set(PUBLIC)
        while waiting:
            frame = await socket.receive_json(timeout=30)
            head = {"topic": "text", "type": ("snapshot", "delta"), "ts": "count"}
            shape = head | PUBLIC[frame["topic"]]
            if frame["type"] == "snapshot":
                assert list(complaints(shape, frame)) == []
            waiting.discard(frame["topic"])


@beside_samples
async def test_public_frames_have_the_keys_of_the_samples() -> None:
    names = {
        "orderbook.50.BTCUSDT": "websocket__public__orderbook",
        "orderbook.rpi.BTCUSDT": "websocket__public__orderbook-rpi",
        "kline.1.BTCUSDT": "websocket__public__kline",
        "publicTrade.BTCUSDT": "websocket__public__trade",
    }
    async with running_client() as client:
        socket = await client.stream("/v5/public/linear")
        for topic, name in names.items():
            await socket.send_json({"op": "subscribe", "args": [topic]})
            assert (await socket.receive_json(timeout=30))["success"] is True
            frame = await socket.receive_json(timeout=30)
            sample = json.loads((SAMPLES / f"{name}.json").read_text())["examples"][0]
            ours, theirs = dict(leaves(frame)), dict(leaves(sample))
            assert ours.keys() == theirs.keys()
            assert {k: type(v) for k, v in ours.items()} == {k: type(v) for k, v in theirs.items()}


def test_the_order_shape_names_what_the_sample_lacks() -> None:
    assert ORDER.keys() >= ORDER_MORE
