"""Hedge mode, isolated margin, trailing stops, dated orders and matched prices on Binance's wire."""

import time
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.commands import SetFeeTier
from tests.paper import Paper, running_paper_exchange
from tests.paper_exchange.binance_desk import RawClient, opened, raw_client, receive_event

MARKET: dict[str, Any] = {"symbol": "BTCUSDT", "side": "BUY", "type": "MARKET", "quantity": "0.01"}
LIMIT: dict[str, Any] = {**MARKET, "type": "LIMIT", "timeInForce": "GTC", "price": "80000"}
ORDER, ALGO = "/fapi/v1/order", "/fapi/v1/algoOrder"


@pytest.fixture
async def paper() -> AsyncIterator[Paper]:
    async with running_paper_exchange() as running:
        await running.create_account()
        yield running


@pytest.fixture
async def client(paper: Paper) -> AsyncIterator[RawClient]:
    async with raw_client(paper) as opened_client:
        yield opened_client


async def hedge(client: RawClient) -> None:
    answer = await client.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="True")
    assert answer.status == 200, answer.body


async def test_hedge_mode_keeps_two_positions(client: RawClient) -> None:
    await hedge(client)
    assert (await client.call("POST", ORDER, **MARKET)).code == -4061
    assert (await client.call("POST", ORDER, **MARKET, positionSide="UP")).code == -4060
    long = await client.call("POST", ORDER, **MARKET, positionSide="LONG")
    assert long.body["positionSide"] == "LONG"
    short = {**MARKET, "side": "SELL", "quantity": "0.02", "positionSide": "SHORT"}
    assert (await client.call("POST", ORDER, **short)).status == 200
    wrong = {**MARKET, "side": "SELL", "positionSide": "LONG", "reduceOnly": "true"}
    assert (await client.call("POST", ORDER, **wrong)).code == -1106
    rows = (await client.call("GET", "/fapi/v3/positionRisk")).body
    held = {row["positionSide"]: row["positionAmt"] for row in rows}
    assert held == {"LONG": "0.010", "SHORT": "-0.020"}
    second = (await client.call("GET", "/fapi/v2/positionRisk", symbol="BTCUSDT")).body
    assert [row["positionSide"] for row in second] == ["LONG", "SHORT"]
    trades = (await client.call("GET", "/fapi/v1/userTrades", symbol="BTCUSDT")).body
    assert {row["positionSide"] for row in trades} == {"LONG", "SHORT"}
    dual = await client.call("POST", "/fapi/v1/positionSide/dual", dualSidePosition="false")
    assert dual.code == -4068
    quantiles = (await client.call("GET", "/fapi/v1/adlQuantile")).body[0]["adlQuantile"]
    assert set(quantiles) == {"LONG", "SHORT"}


async def test_a_stop_in_hedge_mode_closes_its_own_position(
    paper: Paper, client: RawClient
) -> None:
    await hedge(client)
    await client.call("POST", ORDER, **MARKET, positionSide="LONG")
    await client.call("POST", ORDER, **{**MARKET, "side": "SELL"}, positionSide="SHORT")
    key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
    price = await paper.price("BTCUSDT")
    stop = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "positionSide": "LONG",
        "type": "STOP_MARKET",
        "triggerPrice": str((price * Decimal("0.99")).quantize(Decimal("0.1"))),
        "closePosition": "true",
    }
    placed = await client.call("POST", ALGO, **stop)
    assert placed.body["positionSide"] == "LONG"
    assert (await client.call("POST", ALGO, **stop)).code == -4130
    async with opened(paper, f"/private/ws/{key}") as stream:
        await paper.move_price("BTCUSDT", "-2")
        states = [
            (await receive_event(stream, "ALGO_UPDATE"))["o"]["X"]
            for _ in ("TRIGGERING", "TRIGGERED", "FINISHED")
        ]
        assert states == ["TRIGGERING", "TRIGGERED", "FINISHED"]
    rows = (await client.call("GET", "/fapi/v3/positionRisk")).body
    assert [row["positionSide"] for row in rows] == ["SHORT"]


async def test_isolated_margin_stands_on_its_own_wallet(paper: Paper, client: RawClient) -> None:
    path = "/fapi/v1/marginType"
    isolated = await client.call("POST", path, symbol="BTCUSDT", marginType="ISOLATED")
    assert isolated.body == {"code": 200, "msg": "success"}
    again = await client.call("POST", path, symbol="BTCUSDT", marginType="ISOLATED")
    assert again.code == -4046
    assert (await client.call("POST", path, symbol="BTCUSDT", marginType="BOTH")).code == -1130
    margin = {"symbol": "BTCUSDT", "amount": "50"}
    empty = await client.call("POST", "/fapi/v1/positionMargin", **margin, type=1)
    assert empty.code == -4054
    await client.call("POST", ORDER, **MARKET)
    crossed = await client.call("POST", path, symbol="BTCUSDT", marginType="CROSSED")
    assert crossed.code == -4048
    row = (await client.call("GET", "/fapi/v3/positionRisk")).body[0]
    wallet = Decimal(row["isolatedWallet"])
    assert wallet > 0
    key = (await client.send("POST", "/fapi/v1/listenKey")).body["listenKey"]
    async with opened(paper, f"/private/ws/{key}") as stream:
        added = await client.call("POST", "/fapi/v1/positionMargin", **margin, type=1)
        assert added.body == {
            "amount": 50,
            "code": 200,
            "msg": "Successfully modify position margin.",
            "type": 1,
        }
        event = await receive_event(stream, "ACCOUNT_UPDATE")
        assert event["a"]["m"] == "MARGIN_TRANSFER"
        assert event["a"]["P"][0]["mt"] == "isolated"
    row = (await client.call("GET", "/fapi/v3/positionRisk")).body[0]
    assert Decimal(row["isolatedWallet"]) == wallet + 50
    history = await client.call("GET", "/fapi/v1/positionMargin/history", symbol="BTCUSDT")
    assert [(entry["type"], entry["amount"]) for entry in history.body] == [(1, "50.00000000")]
    much = {**margin, "amount": "999999"}
    assert (await client.call("POST", "/fapi/v1/positionMargin", **much, type=1)).code == -4050
    assert (await client.call("POST", "/fapi/v1/positionMargin", **much, type=2)).code == -4051
    assert (await client.call("POST", "/fapi/v1/leverage", symbol="BTCUSDT", leverage=3)).code == (
        -4161
    )
    config = (await client.call("GET", "/fapi/v1/symbolConfig", symbol="BTCUSDT")).body
    assert config[0]["marginType"] == "ISOLATED"


async def test_margin_is_added_to_isolated_positions_only(client: RawClient) -> None:
    margin = {"symbol": "BTCUSDT", "amount": "50"}
    for change, code in (
        ({"type": 1}, -4049),
        ({"type": 3}, -1130),
        ({}, -1102),
        ({"type": 1, "amount": "-1"}, -4055),
        ({"type": 1, "amount": ""}, -1102),
    ):
        answer = await client.call("POST", "/fapi/v1/positionMargin", **{**margin, **change})
        assert answer.code == code, change


async def test_a_trailing_stop_follows_and_triggers(paper: Paper, client: RawClient) -> None:
    await client.call("POST", ORDER, **MARKET)
    trailing = {
        "algoType": "CONDITIONAL",
        "symbol": "BTCUSDT",
        "side": "SELL",
        "type": "TRAILING_STOP_MARKET",
        "quantity": "0.01",
        "reduceOnly": "true",
        "callbackRate": "1",
    }
    placed = (await client.call("POST", ALGO, **trailing)).body
    assert placed["callbackRate"] == "1"
    assert Decimal(placed["activatePrice"]) == 0
    await paper.move_price("BTCUSDT", "2")
    waiting = await client.call("GET", ALGO, algoId=placed["algoId"])
    assert waiting.body["algoStatus"] == "NEW"
    await paper.move_price("BTCUSDT", "-1.5")
    done = (await client.call("GET", ALGO, algoId=placed["algoId"])).body
    assert done["algoStatus"] == "FINISHED"
    child = await client.call("GET", ORDER, symbol="BTCUSDT", orderId=done["actualOrderId"])
    assert child.body["origType"] == "TRAILING_STOP_MARKET"
    assert child.body["priceRate"] == "1"
    bare = {**trailing, "callbackRate": "0.05"}
    assert (await client.call("POST", ALGO, **bare)).code == -2007


async def test_a_dated_order_expires_at_its_date(paper: Paper, client: RawClient) -> None:
    dated = {**LIMIT, "timeInForce": "GTD"}
    assert (await client.call("POST", ORDER, **dated)).code == -1102
    soon_ms = int(time.time() * 1000) + 60_000
    assert (await client.call("POST", ORDER, **dated, goodTillDate=soon_ms)).code == -5040
    late_ms = int(time.time()) * 1000 + 3_600_000
    placed = await client.call("POST", ORDER, **dated, goodTillDate=late_ms)
    assert placed.body["goodTillDate"] == late_ms
    assert placed.body["timeInForce"] == "GTD"
    await paper.advance(minutes=70)
    wanted = {"symbol": "BTCUSDT", "orderId": placed.body["orderId"]}
    assert (await client.call("GET", ORDER, **wanted)).body["status"] == "EXPIRED"


async def test_a_price_is_matched_to_the_book(client: RawClient) -> None:
    book = (await client.send("GET", "/fapi/v1/depth", "symbol=BTCUSDT&limit=20")).body
    matched = {**LIMIT, "priceMatch": "QUEUE_5"}
    assert (await client.call("POST", ORDER, **matched)).code == -1106
    del matched["price"]
    placed = await client.call("POST", ORDER, **matched)
    assert Decimal(placed.body["price"]) == Decimal(book["bids"][4][0])
    assert placed.body["priceMatch"] == "QUEUE_5"
    assert (await client.call("POST", ORDER, **{**matched, "priceMatch": "BEST"})).code == -5037


async def test_words_of_an_order_are_checked(client: RawClient) -> None:
    cases: tuple[tuple[dict[str, Any], int], ...] = (
        ({"selfTradePreventionMode": "MAYBE"}, -5039),
        ({"newOrderRespType": "FULL"}, -1136),
        ({"closePosition": "true"}, -4136),
        ({"stopPrice": "1"}, -1106),
        ({"timeInForce": "GTC"}, -1106),
    )
    for change, code in cases:
        assert (await client.call("POST", ORDER, **{**MARKET, **change})).code == code, change
    placed = await client.call("POST", ORDER, **LIMIT, selfTradePreventionMode="NONE")
    assert placed.body["selfTradePreventionMode"] == "NONE"


async def test_an_order_is_changed_and_its_changes_are_listed(client: RawClient) -> None:
    placed = (await client.call("POST", ORDER, **LIMIT)).body
    wanted = {"symbol": "BTCUSDT", "orderId": placed["orderId"]}
    new = {**wanted, "side": "BUY", "quantity": "0.02", "price": "79000", "modifyId": 7}
    changed = await client.call("PUT", ORDER, **new)
    assert changed.body["modifyId"] == 7
    assert (await client.call("PUT", ORDER, **new)).code == -5027
    history = (await client.call("GET", "/fapi/v1/orderAmendment", **wanted)).body
    assert history[0]["amendment"]["price"] == {"before": "80000.00", "after": "79000.00"}
    assert history[0]["amendment"]["origQty"] == {"before": "0.010", "after": "0.020"}
    assert history[0]["amendment"]["count"] == 1


async def test_money_moves_to_the_spot_wallet_and_back(paper: Paper) -> None:
    await paper.create_account(api_key="mover", permissions={"universal_transfer": True})
    path = "/sapi/v1/asset/transfer"
    out = {"type": "UMFUTURE_MAIN", "asset": "USDT", "amount": "100.5"}
    async with raw_client(paper, "mover") as client:
        moved = await client.call("POST", path, **out)
        assert isinstance(moved.body["tranId"], int)
        coins = (await client.call("GET", "/sapi/v1/capital/config/getall")).body
        assert {row["coin"]: row["free"] for row in coins}["USDT"] == "100.50000000"
        back = {**out, "type": "MAIN_UMFUTURE"}
        assert (await client.call("POST", path, **{**back, "amount": "101"})).code == -5013
        assert (await client.call("POST", path, **back)).status == 200
        listed = (await client.call("GET", path, type="UMFUTURE_MAIN")).body
        assert [row["amount"] for row in listed["rows"]] == ["100.50000000"]
        assert (await client.call("POST", path, **{**out, "asset": "BTC"})).code == -1126
    async with raw_client(paper) as stranger:
        assert (await stranger.call("POST", path, **out)).code == -1002


@pytest.mark.parametrize("path", ["capital/deposit/hisrec", "capital/withdraw/history"])
async def test_no_coins_are_paid_in_or_out(paper: Paper, client: RawClient, path: str) -> None:
    assert (await client.call("GET", f"/sapi/v1/{path}")).body == []


async def test_commission_follows_the_account_tier(paper: Paper, client: RawClient) -> None:
    engine = paper.exchange.engines["binance"]
    engine.submit(engine.accounts["key-1"], SetFeeTier(tier=1))
    rates = (await client.call("GET", "/fapi/v1/commissionRate", symbol="BTCUSDT")).body
    assert (rates["makerCommissionRate"], rates["takerCommissionRate"]) == ("0.00016", "0.0004")
    assert (await client.call("GET", "/fapi/v1/accountConfig")).body["feeTier"] == 1
