"""Hedge mode, isolated margin and every kind of attached stop on Bybit, over a real socket."""

from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.commands import Deleverage, Liquidate
from tests.paper_exchange.bybit_desk import Client, running_client

STOP = "/v5/position/trading-stop"


async def hedge(client: Client) -> None:
    answer = await client.post("/v5/position/switch-mode", coin="USDT", mode=3)
    assert answer["retCode"] == 0


async def positions(client: Client) -> list[tuple[int, str, str]]:
    rows = await client.rows("/v5/position/list", symbol="BTCUSDT")
    return [(row["positionIdx"], row["side"], row["size"]) for row in rows]


async def set_stop(client: Client, **body: Any) -> int:
    return int((await client.post(STOP, symbol="BTCUSDT", **body))["retCode"])


async def test_hedge_mode_holds_a_long_and_a_short_position() -> None:
    async with running_client() as client:
        await hedge(client)
        assert await positions(client) == [(1, "", "0"), (2, "", "0")]
        await client.placed(qty="0.03", positionIdx=1)
        await client.placed(side="Sell", qty="0.01", positionIdx=2)
        assert await positions(client) == [(1, "Buy", "0.03"), (2, "Sell", "0.01")]
        await client.placed(side="Sell", qty="0.02", positionIdx=1, reduceOnly=True)
        assert await positions(client) == [(1, "Buy", "0.01"), (2, "Sell", "0.01")]
        (closed,) = await client.rows("/v5/position/closed-pnl", symbol="BTCUSDT")
        assert (closed["closedSize"], closed["side"]) == ("0.02", "Sell")
        history = await client.rows("/v5/order/history", symbol="BTCUSDT")
        assert [row["positionIdx"] for row in history] == [1, 2, 1]


@pytest.mark.parametrize(("is_hedged", "index"), [(True, 0), (False, 1), (False, 3)])
async def test_an_order_must_name_a_position_of_its_mode(is_hedged: bool, index: int) -> None:
    async with running_client() as client:
        if is_hedged:
            await hedge(client)
        assert (await client.order(positionIdx=index))["retCode"] == 10001


async def test_each_position_of_hedge_mode_has_its_own_stops() -> None:
    async with running_client() as client:
        await hedge(client)
        await client.placed(qty="0.02", positionIdx=1, stopLoss="95000")
        await client.placed(side="Sell", qty="0.01", positionIdx=2)
        assert await set_stop(client, positionIdx=2, stopLoss="103000") == 0
        assert await set_stop(client, stopLoss="103000") == 10001
        rows = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert [row["stopLoss"] for row in rows] == ["95000.00", "103000.00"]
        client.desk.move("103010")
        assert await positions(client) == [(1, "Buy", "0.02"), (2, "", "0")]
        client.desk.move("94990")
        assert await positions(client) == [(1, "", "0"), (2, "", "0")]


async def test_isolated_positions_stand_on_their_own_margin() -> None:
    async with running_client() as client:
        path = "/v5/account/set-margin-mode"
        assert (await client.post(path, setMarginMode="ISOLATED_MARGIN"))["retCode"] == 0
        assert (await client.post(path, setMarginMode="ISOLATED_MARGIN"))["retCode"] == 110026
        assert (await client.result("/v5/account/info"))["marginMode"] == "ISOLATED_MARGIN"
        wallet = await client.result("/v5/account/wallet-balance", accountType="UNIFIED")
        assert wallet["list"][0]["totalAvailableBalance"] == ""
        await client.placed(qty="0.05")
        (row,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        margin, bust = Decimal(row["positionBalance"]), Decimal(row["bustPrice"])
        assert abs(margin - Decimal(500)) < 5
        assert bust < Decimal(row["liqPrice"]) < Decimal(row["avgPrice"])
        add = "/v5/position/add-margin"
        answer = await client.post(add, symbol="BTCUSDT", margin="100")
        assert answer["retCode"] == 0
        assert answer["result"]["category"] == "linear"
        (row,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert Decimal(row["positionBalance"]) == margin + 100
        assert Decimal(row["bustPrice"]) == bust - 2000
        assert (await client.post(add, symbol="BTCUSDT", margin="99999"))["retCode"] == 110014
        assert (await client.post(add, symbol="BTCUSDT", margin="-9999"))["retCode"] == 110078
        answer = await client.post(path, setMarginMode="REGULAR_MARGIN")
        assert answer["retCode"] == 3400045
        assert answer["result"]["reasons"][0]["reasonCode"] == "3400089"
        client.desk.move("85000")
        client.desk.pass_time(60)
        assert await client.rows("/v5/position/list", settleCoin="USDT") == []
        (bust_trade, *_) = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        assert bust_trade["execType"] == "BustTrade"
        assert client.account.wallet_balance > Decimal(9000)


async def test_margin_is_not_moved_with_cross_margin() -> None:
    async with running_client() as client:
        await client.placed()
        add = await client.post("/v5/position/add-margin", symbol="BTCUSDT", margin="10")
        assert add["retCode"] == 110015
        path = "/v5/position/set-auto-add-margin"
        assert (await client.post(path, symbol="BTCUSDT", autoAddMargin=1))["retCode"] == 110076
        answer = await client.post("/v5/account/set-margin-mode", setMarginMode="PORTFOLIO_MARGIN")
        assert (answer["retCode"], len(answer["result"]["reasons"])) == (3400045, 1)
        isolated = await client.post("/v5/position/switch-isolated", symbol="BTCUSDT", tradeMode=1)
        assert isolated["retCode"] == 100028


async def test_a_trailing_stop_follows_the_price_and_closes_the_position() -> None:
    async with running_client() as client:
        assert await set_stop(client, trailingStop="500") == 10001
        await client.placed()
        assert await set_stop(client, trailingStop="500") == 0
        assert await set_stop(client, trailingStop="500") == 34040
        (position,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert position["trailingStop"] == "500.00"
        client.desk.move("101000")
        (stop,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert (stop["stopOrderType"], stop["triggerPrice"]) == ("TrailingStop", "100500.00")
        client.desk.move("100600")
        assert await positions(client) == [(0, "Buy", "0.01")]
        client.desk.move("100490")
        assert await positions(client) == [(0, "", "0")]
        (execution, *_) = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        assert execution["stopOrderType"] == "TrailingStop"
        assert execution["createType"] == "CreateByTrailingStop"


async def test_a_trailing_stop_waits_for_its_activation_and_can_be_removed() -> None:
    async with running_client() as client:
        await client.placed()
        assert await set_stop(client, trailingStop="500", activePrice="99000") == 10001
        assert await set_stop(client, trailingStop="500", activePrice="102000") == 0
        client.desk.move("101000")
        client.desk.move("100000")
        assert await positions(client) == [(0, "Buy", "0.01")]
        assert await set_stop(client, trailingStop="0") == 0
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []


async def test_stops_for_parts_of_a_position_close_their_part() -> None:
    async with running_client() as client:
        await client.placed(qty="0.05")
        part: dict[str, Any] = {"tpslMode": "Partial"}
        assert await set_stop(client, **part, stopLoss="95000", slSize="0.02") == 0
        assert await set_stop(client, **part, stopLoss="94000", slSize="0.01") == 0
        assert await set_stop(client, **part, stopLoss="94000", slSize="0.06") == 110058
        limit = {"tpOrderType": "Limit", "tpLimitPrice": "104000"}
        assert await set_stop(client, **part, takeProfit="105000", tpSize="0.03", **limit) == 0
        rows = await client.rows("/v5/order/realtime", symbol="BTCUSDT", orderFilter="StopOrder")
        assert [(row["stopOrderType"], row["qty"], row["tpslMode"]) for row in rows] == [
            ("PartialTakeProfit", "0.03", "Partial"),
            ("PartialStopLoss", "0.01", "Partial"),
            ("PartialStopLoss", "0.02", "Partial"),
        ]
        (position,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert position["stopLoss"] == ""
        client.desk.move("94990")
        assert await positions(client) == [(0, "Buy", "0.03")]
        client.desk.move("105010")
        assert await positions(client) == [(0, "", "0")]
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []


async def test_partial_stops_given_with_an_order_cover_what_it_fills() -> None:
    async with running_client() as client:
        await client.placed(qty="0.02")
        await client.placed(qty="0.03", tpslMode="Partial", stopLoss="95000", takeProfit="105000")
        rows = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert {(row["stopOrderType"], row["qty"]) for row in rows} == {
            ("PartialStopLoss", "0.03"),
            ("PartialTakeProfit", "0.03"),
        }
        client.desk.pass_time(1)
        assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == 2


@pytest.mark.parametrize(
    "body",
    [
        {"tpslMode": "Half", "stopLoss": "95000"},
        {"stopLoss": "95000", "slOrderType": "Limit", "slLimitPrice": "94000"},
        {"tpslMode": "Partial", "stopLoss": "95000", "slSize": "0.01", "slOrderType": "Limit"},
        {"trailingStop": "0.001"},
        {"trailingStop": "50000"},
        {"positionIdx": 7, "stopLoss": "95000"},
    ],
)
async def test_wrong_stops_are_refused(body: dict[str, Any]) -> None:
    async with running_client() as client:
        await client.placed()
        assert await set_stop(client, **body) == 10001


async def test_a_fill_or_kill_order_is_accepted_and_then_cancelled() -> None:
    async with running_client(balance="1000000000") as client:
        number = await client.placed(
            orderType="Limit", qty="100", price="100001", timeInForce="FOK"
        )
        (row,) = await client.rows("/v5/order/realtime", orderId=number)
        assert (row["orderStatus"], row["cumExecQty"]) == ("Cancelled", "0")
        assert row["rejectReason"] == "EC_NoImmediateQtyToFill"
        number = await client.placed(orderType="Limit", price="100100", timeInForce="FOK")
        (row,) = await client.rows("/v5/order/realtime", orderId=number)
        assert row["orderStatus"] == "Filled"


async def test_amendments_that_change_nothing_or_too_much_are_refused() -> None:
    async with running_client() as client:
        number = await client.placed(orderType="Limit", price="99000")

        async def amend(**body: Any) -> int:
            answer = await client.post("/v5/order/amend", symbol="BTCUSDT", orderId=number, **body)
            return int(answer["retCode"])

        assert await amend(price="99000") == 10001
        assert await amend(qty="0") == 110064
        assert await amend(stopLoss="99500") == 10001
        assert await amend(qty="100") == 110007
        assert await amend(qty="0.02") == 0


async def test_the_tenth_conditional_order_of_a_contract_is_the_last() -> None:
    async with running_client() as client:
        for _ in range(10):
            await client.placed(triggerPrice="99000", triggerDirection=2)
        client.desk.clockwork.pass_time(1)
        answer = await client.order(triggerPrice="99000", triggerDirection=2)
        assert answer["retCode"] == 110009
        assert (await client.order(stopLoss="90000"))["retCode"] == 0


async def test_what_the_exchange_closes_itself_says_so() -> None:
    async with running_client() as client:
        engine, account = client.desk.engine, client.account
        await client.placed()
        engine.submit(account, Deleverage(symbol="BTCUSDT"))
        await client.placed()
        await client.placed(orderType="Limit", price="90000")
        engine.submit(account, Liquidate())
        rows = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        kinds = [(row["execType"], row["createType"]) for row in rows]
        assert kinds == [
            ("BustTrade", "CreateByLiq"),
            ("Trade", "CreateByUser"),
            ("AdlTrade", "CreateByAdl_PassThrough"),
            ("Trade", "CreateByUser"),
        ]
        assert {row["orderLinkId"] for row in rows} == {""}
        for kind, count in (("AdlTrade", 1), ("BustTrade", 1), ("Trade", 2), ("Settle", 0)):
            found = await client.rows("/v5/execution/list", symbol="BTCUSDT", execType=kind)
            assert len(found) == count
        history = await client.rows("/v5/order/history", orderStatus="Cancelled", symbol="BTCUSDT")
        assert [row["cancelType"] for row in history] == ["CancelByPrepareLiq"]


async def test_an_address_that_asks_too_often_is_kept_out_for_ten_minutes() -> None:
    async with running_client() as client:
        url = client.desk.server.make_url("/v5/market/time")
        statuses: list[int] = []
        for _ in range(601):
            async with client.session.get(url) as answer:
                statuses.append(answer.status)
        assert statuses == [200] * 600 + [403]
        client.desk.clockwork.wall_ms += 599_000
        async with client.session.get(url) as answer:
            assert (answer.status, await answer.text()) == (403, "access too frequent")
        client.desk.clockwork.wall_ms += 1_000
        async with client.session.get(url) as answer:
            assert answer.status == 200


async def test_the_eleventh_order_of_a_second_waits_and_the_headers_say_so() -> None:
    async with running_client() as client:
        for left in range(9, -1, -1):
            await client.placed(qty="0.001")
            assert client.headers["X-Bapi-Limit"] == "10"
            assert client.headers["X-Bapi-Limit-Status"] == str(left)
        assert (await client.order(qty="0.001"))["retCode"] == 10006
        reset_ms = int(client.headers["X-Bapi-Limit-Reset-Timestamp"])
        assert reset_ms == client.desk.clockwork.wall_ms + 1000
        client.desk.clockwork.wall_ms = reset_ms
        await client.placed(qty="0.001")
