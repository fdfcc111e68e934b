"""A process that stops or is killed and starts again answers every question as before."""

import asyncio
import hashlib
import hmac
import json
import shutil
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import aiohttp
import pytest

from daemon.paper_exchange.binance.countdown import read_countdowns
from daemon.paper_exchange.binance.routes import ENDPOINTS
from daemon.paper_exchange.binance.signing import Security
from daemon.paper_exchange.commands import SetPreference
from tests.paper import SECRET, Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import RawClient, raw_client
from tests.paper_exchange.bybit_endpoints import SIGNED

BTC = {"symbol": "BTCUSDT"}
ETH = {"symbol": "ETHUSDT"}
RIGHTS = {"internal_transfer": True, "universal_transfer": True}
TRANSFER_ID = "8705eeb5-e81b-45b6-bb62-547b274f8bff"
PARAMETERS: dict[str, list[dict[str, Any]]] = {
    "/fapi/v1/order": [{**BTC, "origClientOrderId": name} for name in ("m-1", "l-1", "tp")],
    "/fapi/v1/openOrder": [{**BTC, "origClientOrderId": "l-1"}],
    "/fapi/v1/orderAmendment": [{**BTC, "origClientOrderId": "l-1"}],
    "/fapi/v1/algoOrder": [{"clientAlgoId": name} for name in ("stop", "trail", "gone")],
    "/fapi/v1/positionMargin/history": [ETH],
    "/sapi/v1/asset/transfer": [{"type": "UMFUTURE_MAIN"}, {"type": "MAIN_UMFUTURE"}],
    "/fapi/v1/openOrders": [{}, BTC],
    "/fapi/v1/income": [{}, {"incomeType": "FUNDING_FEE"}],
}
"""Where more is asked than one contract."""


class Bybit:
    """Signs Bybit requests by hand."""

    def __init__(self, paper: Paper, session: aiohttp.ClientSession) -> None:
        self._url = paper.url
        self._session = session

    async def get(self, path: str, **params: Any) -> dict[str, Any]:
        query = urlencode(params)
        url = f"{self._url}{path}?{query}"
        async with self._session.get(url, headers=self._sign(query)) as answer:
            return dict(await answer.json())

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        raw = json.dumps({"category": "linear", **body})
        url = f"{self._url}{path}"
        async with self._session.post(url, data=raw, headers=self._sign(raw)) as answer:
            found = dict(await answer.json())
        assert found["retCode"] == 0, (path, body, found)
        return found

    def _sign(self, payload: str) -> dict[str, str]:
        now = str(int(time.time() * 1000))
        text = f"{now}key-1{60_000}{payload}"
        return {
            "X-BAPI-API-KEY": "key-1",
            "X-BAPI-TIMESTAMP": now,
            "X-BAPI-RECV-WINDOW": "60000",
            "X-BAPI-SIGN": hmac.new(SECRET.encode(), text.encode(), hashlib.sha256).hexdigest(),
            "Content-Type": "application/json",
        }


async def work(client: RawClient, method: str, path: str, **words: Any) -> Any:
    answer = await client.call(method, path, **words)
    assert answer.status == 200, (path, words, answer.body)
    return answer.body


async def trade_on_binance(paper: Paper, client: RawClient) -> None:
    """Leave something behind in everything that can be asked for."""
    order = "/fapi/v1/order"
    limit = {**BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC", "price": "80000"}
    reduce = {**limit, "side": "SELL", "price": "110000", "reduceOnly": "true"}
    stop = {**BTC, "algoType": "CONDITIONAL", "side": "SELL", "type": "STOP_MARKET"}
    trail = {**stop, "type": "TRAILING_STOP_MARKET", "callbackRate": "2", "quantity": "0.01"}
    market = {"side": "BUY", "type": "MARKET"}
    await work(client, "POST", "/fapi/v1/leverage", **BTC, leverage=17)
    await work(client, "POST", order, **BTC, **market, quantity="0.05", newClientOrderId="m-1")
    await work(client, "POST", order, **limit, quantity="0.01", newClientOrderId="l-1")
    words = {**BTC, "side": "BUY", "origClientOrderId": "l-1"}
    await work(client, "PUT", order, **words, quantity="0.02", price="81000", modifyId=7)
    await work(client, "PUT", order, **words, quantity="0.03", price="82000")
    await work(client, "POST", order, **reduce, quantity="0.02", newClientOrderId="tp")
    closing = {"closePosition": "true", "triggerPrice": "60000", "clientAlgoId": "stop"}
    await work(client, "POST", "/fapi/v1/algoOrder", **stop, **closing)
    await work(client, "POST", "/fapi/v1/algoOrder", **trail, clientAlgoId="trail")
    sized = {"quantity": "0.01", "triggerPrice": "61000", "clientAlgoId": "gone"}
    await work(client, "POST", "/fapi/v1/algoOrder", **stop, **sized)
    await work(client, "DELETE", "/fapi/v1/algoOrder", clientAlgoId="gone")
    await work(client, "POST", "/fapi/v1/marginType", **ETH, marginType="ISOLATED")
    await work(client, "POST", order, **ETH, **market, quantity="0.5")
    await work(client, "POST", "/fapi/v1/positionMargin", **ETH, amount="30", type=1)
    await work(client, "POST", "/fapi/v1/positionMargin", **ETH, amount="12.5", type=2)
    await work(client, "POST", "/fapi/v1/feeBurn", feeBurn="true")
    countdown = {"symbol": "SOLUSDT", "countdownTime": 3_600_000}
    await work(client, "POST", "/fapi/v1/countdownCancelAll", **countdown)
    move = {"type": "UMFUTURE_MAIN", "asset": "USDT", "amount": "100"}
    await work(client, "POST", "/sapi/v1/asset/transfer", **move)
    await paper.act("binance", "key-1", "fee_tier", tier=3)


async def trade_on_bybit(bybit: Bybit) -> None:
    create, stops = "/v5/order/create", "/v5/position/trading-stop"
    order = {**BTC, "side": "Buy", "orderType": "Market", "qty": "0.05"}
    limit = {**order, "orderType": "Limit", "price": "80000", "qty": "0.01"}
    await bybit.post("/v5/order/disconnected-cancel-all", timeWindow=33, product="DERIVATIVES")
    await bybit.post("/v5/position/set-leverage", **BTC, buyLeverage="7", sellLeverage="7")
    await bybit.post(create, **order, orderLinkId="m-1", stopLoss="60000", takeProfit="140000")
    await bybit.post(create, **limit, orderLinkId="l-1")
    await bybit.post("/v5/order/amend", **BTC, orderLinkId="l-1", price="81000", qty="0.02")
    await bybit.post(stops, **BTC, trailingStop="5000")
    trigger = {"triggerPrice": "70000", "triggerDirection": 2}
    await bybit.post(create, **{**order, "side": "Sell", **trigger}, orderLinkId="wait")
    await bybit.post(create, **{**order, "side": "Sell", "qty": "0.02"}, reduceOnly=True)
    sides = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
    move = {"transferId": TRANSFER_ID, "coin": "USDT", "amount": "10", **sides}
    await bybit.post("/v5/asset/transfer/inter-transfer", **move)


async def trade(paper: Paper) -> None:
    for exchange in ("binance", "bybit"):
        await paper.create_account(exchange, balance="100000", permissions=RIGHTS)
        await paper.create_account(exchange, "key-2", balance="5000")
    async with raw_client(paper) as client, aiohttp.ClientSession() as session:
        await trade_on_binance(paper, client)
        await trade_on_bybit(Bybit(paper, session))
    await paper.advance(minutes=9 * 60)


async def read_everything(paper: Paper) -> dict[str, str]:
    """Ask every question of an account and return the answers as they are written."""
    found: dict[str, Any] = {}
    async with raw_client(paper) as client, aiohttp.ClientSession() as session:
        for endpoint in ENDPOINTS:
            if endpoint.method != "GET" or endpoint.security is Security.NONE:
                continue
            for words in PARAMETERS.get(endpoint.path, [BTC]):
                answer = await client.call("GET", endpoint.path, **words)
                assert answer.status == 200, (endpoint.path, answer.body)
                found[f"{endpoint.path} {words}"] = answer.body
        bybit = Bybit(paper, session)
        for signed in SIGNED:
            answer_of = await bybit.get(signed.path, **signed.params)
            assert answer_of["retCode"] == 0, (signed.path, answer_of)
            found[signed.path] = answer_of["result"]
    for exchange in ("binance", "bybit"):
        for section in ("", "/orders", "/conditionals", "/fills", "/ledger"):
            path = f"/truth/{exchange}/key-1{section}"
            found[path] = await paper.control("GET", path)
        for symbol in ("BTCUSDT", "ETHUSDT"):
            market = paper.exchange.engines[exchange].market(symbol)
            book = [market.levels(asks=asks, depth=20) for asks in (False, True)]
            found[f"{exchange} {symbol}"] = [[str(p), str(q)] for side in book for p, q in side]
    return {name: json.dumps(body) for name, body in found.items()}


@pytest.mark.parametrize("end", ["stopped", "killed", "killed after a snapshot"])
async def test_every_question_about_an_account_is_answered_as_before(
    tmp_path: Path, end: str
) -> None:
    home, later = tmp_path / "home", tmp_path / "later"
    async with running_paper_exchange(home=home, recovery_s=60) as paper:
        await trade(paper)
        if end == "killed after a snapshot":
            paper.exchange.snapshot()
            async with raw_client(paper) as client:
                words = {**BTC, "side": "BUY", "type": "MARKET", "quantity": "0.01"}
                await work(client, "POST", "/fapi/v1/order", **words)
        before = await read_everything(paper)
        if end != "stopped":
            # What a killed process leaves is what lies on the disk now.
            shutil.copytree(home, later)
    async with running_paper_exchange(
        home=home if end == "stopped" else later, recovery_s=60
    ) as paper:
        after = await read_everything(paper)
        assert {name for name in before if before[name] != after[name]} == set()
        assert len(before) > 60
        assert before["/fapi/v1/feeBurn " + str(BTC)] == '{"feeBurn": true}'
        account = paper.exchange.engines["binance"].accounts["key-1"]
        assert list(read_countdowns(account)) == ["SOLUSDT"]
        async with aiohttp.ClientSession() as session:
            sides = {"fromAccountType": "UNIFIED", "toAccountType": "FUND"}
            move = {"transferId": TRANSFER_ID, "coin": "USDT", "amount": "10", **sides}
            with pytest.raises(AssertionError, match="131214"):
                await Bybit(paper, session).post("/v5/asset/transfer/inter-transfer", **move)


async def test_a_countdown_that_ran_out_while_the_process_was_down_cancels_afterwards(
    tmp_path: Path,
) -> None:
    async with running_paper_exchange(home=tmp_path) as paper:
        await paper.create_account()
        async with raw_client(paper) as client:
            limit = {**BTC, "side": "BUY", "type": "LIMIT", "timeInForce": "GTC"}
            words = {"price": "80000", "quantity": "0.01", "newClientOrderId": "l-1"}
            await work(client, "POST", "/fapi/v1/order", **limit, **words)
        engine = paper.exchange.engines["binance"]
        overdue = SetPreference(name="countdown:BTCUSDT", value="1")
        engine.submit(engine.accounts["key-1"], overdue)
    async with running_paper_exchange(home=tmp_path) as paper, raw_client(paper) as client:
        async with asyncio.timeout(60):
            while await work(client, "GET", "/fapi/v1/openOrders"):
                await asyncio.sleep(0.05)
        order = await work(client, "GET", "/fapi/v1/order", **BTC, origClientOrderId="l-1")
        assert order["status"] == "CANCELED"
        assert not paper.exchange.engines["binance"].accounts["key-1"].preferences
