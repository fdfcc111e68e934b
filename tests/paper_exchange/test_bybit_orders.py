"""Bybit's orders and attached stops over a real socket, against the engine."""

from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.bybit.stops import Stops
from daemon.paper_exchange.events import MarketTick
from tests.paper_exchange.bybit_desk import running_client


async def test_a_market_order_is_acknowledged_and_filled_with_both_ids() -> None:
    async with running_client() as client:
        answer = await client.order(orderLinkId="mine-1")
        assert answer["retMsg"] == "OK"
        assert answer["result"]["orderLinkId"] == "mine-1"
        assert answer["time"] == client.desk.clockwork.wall_ms
        (row,) = await client.rows("/v5/order/realtime", orderLinkId="mine-1")
        assert row["orderId"] == answer["result"]["orderId"]
        assert (row["orderStatus"], row["cumExecQty"], row["leavesQty"]) == ("Filled", "0.01", "0")
        assert row["createdTime"] == str(client.desk.engine.time_ms)
        (trade,) = await client.rows("/v5/execution/list", execType="Trade", symbol="BTCUSDT")
        assert trade["orderLinkId"] == "mine-1"
        assert Decimal(trade["execFee"]) == (
            Decimal(trade["execPrice"]) * Decimal(trade["execQty"]) * Decimal("0.00055")
        ).quantize(Decimal("1E-8"))
        assert trade["feeRate"] == "0.00055"


async def test_a_link_id_is_never_free_again() -> None:
    async with running_client() as client:
        await client.placed(orderLinkId="once")
        assert (await client.order(orderLinkId="once"))["retCode"] == 110072


async def test_a_limit_order_rests_is_amended_and_cancelled_by_link_id() -> None:
    async with running_client() as client:
        await client.placed(orderType="Limit", price="99000", orderLinkId="rest")
        amended = await client.post(
            "/v5/order/amend", symbol="BTCUSDT", orderLinkId="rest", qty="0.02", price="98000"
        )
        assert amended["retCode"] == 0
        (row,) = await client.rows("/v5/order/realtime", settleCoin="USDT")
        assert (row["orderStatus"], row["qty"], row["price"]) == ("New", "0.02", "98000.00")
        assert row["leavesValue"] == "1960"
        cancelled = await client.post("/v5/order/cancel", symbol="BTCUSDT", orderLinkId="rest")
        assert cancelled["result"]["orderLinkId"] == "rest"
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []
        (row,) = await client.rows("/v5/order/history", symbol="BTCUSDT")
        assert (row["orderStatus"], row["cancelType"]) == ("Cancelled", "CancelByUser")
        again = await client.post("/v5/order/cancel", symbol="BTCUSDT", orderLinkId="rest")
        assert again["retCode"] == 110001


async def test_a_post_only_order_that_would_take_is_accepted_and_then_cancelled() -> None:
    async with running_client() as client:
        order_id = await client.placed(orderType="Limit", price="101000", timeInForce="PostOnly")
        (row,) = await client.rows("/v5/order/realtime", orderId=order_id)
        assert row["orderStatus"] == "Cancelled"
        assert row["rejectReason"] == "EC_PostOnlyWillTakeLiquidity"


async def test_a_conditional_order_waits_triggers_and_keeps_its_id() -> None:
    async with running_client() as client:
        await client.placed()
        order_id = await client.placed(
            side="Sell",
            triggerPrice="99000",
            triggerDirection=2,
            reduceOnly=True,
            orderLinkId="stop-1",
        )
        (row,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT", orderFilter="StopOrder")
        assert (row["orderStatus"], row["stopOrderType"]) == ("Untriggered", "Stop")
        assert (row["triggerPrice"], row["triggerDirection"]) == ("99000.00", 2)
        client.desk.move("98990")
        (row,) = await client.rows("/v5/order/realtime", orderLinkId="stop-1")
        assert (row["orderId"], row["orderStatus"]) == (order_id, "Filled")
        assert row["triggerPrice"] == "99000.00"
        assert await client.rows("/v5/position/list", settleCoin="USDT") == []


@pytest.mark.parametrize(
    ("direction", "price", "code"), [(1, "99000", 110092), (2, "101000", 110093)]
)
async def test_a_trigger_on_the_wrong_side_is_refused(
    direction: int, price: str, code: int
) -> None:
    async with running_client() as client:
        answer = await client.order(triggerPrice=price, triggerDirection=direction)
        assert answer["retCode"] == code


async def test_an_attached_stop_has_no_link_id_and_follows_the_position() -> None:
    async with running_client() as client:
        await client.placed(orderLinkId="entry", stopLoss="95000", takeProfit="110000")
        stops = await client.rows("/v5/order/realtime", symbol="BTCUSDT", orderFilter="StopOrder")
        assert [s["stopOrderType"] for s in stops] == ["TakeProfit", "StopLoss"]
        assert {s["orderLinkId"] for s in stops} == {""}
        assert {s["qty"] for s in stops} == {"0.01"}
        assert {s["createType"] for s in stops} == {"CreateByStopLoss", "CreateByTakeProfit"}
        (position,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert (position["stopLoss"], position["takeProfit"]) == ("95000.00", "110000.00")
        client.desk.move("94990")
        assert await client.rows("/v5/position/list", settleCoin="USDT") == []
        history = await client.rows("/v5/order/history", symbol="BTCUSDT")
        found = {row["stopOrderType"]: row["orderStatus"] for row in history}
        assert found == {"": "Filled", "StopLoss": "Filled", "TakeProfit": "Deactivated"}


async def test_a_position_that_turns_round_loses_the_stops_of_its_old_side() -> None:
    async with running_client() as client:
        await client.placed(qty="0.01", stopLoss="95000", takeProfit="110000")
        await client.placed(side="Sell", qty="0.03", stopLoss="104000")
        (stop,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert (stop["side"], stop["triggerPrice"]) == ("Buy", "104000.00")
        await client.placed(qty="0.04")
        client.desk.engine.tick()
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []


async def test_a_stop_attached_to_a_resting_order_appears_with_its_fill() -> None:
    async with running_client() as client:
        await client.placed(orderType="Limit", price="99000", stopLoss="95000")
        assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == 1
        client.desk.move("98900")
        (stop,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert (stop["stopOrderType"], stop["triggerPrice"]) == ("StopLoss", "95000.00")


async def test_a_stop_that_was_due_when_the_process_ended_is_placed_by_the_next() -> None:
    async with running_client() as client:
        engine = client.desk.engine
        await client.placed(orderType="Limit", price="99000", stopLoss="95000")
        # The fill comes, and the process ends before its next tick.
        engine.set_price("BTCUSDT", Decimal(98900))
        assert list(client.account.open_conditionals) == []
        stops = Stops(engine)
        stops.recover()
        stops.watch(MarketTick(engine.time_ms))
        (stop,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert stop["triggerPrice"] == "95000.00"
        again = Stops(engine)
        again.recover()
        again.watch(MarketTick(engine.time_ms))
        assert len(await client.rows("/v5/order/realtime", symbol="BTCUSDT")) == 1


async def test_a_trading_stop_is_set_moved_and_removed() -> None:
    async with running_client() as client:
        path = "/v5/position/trading-stop"
        flat = await client.post(path, symbol="BTCUSDT", stopLoss="95000")
        assert flat["retCode"] == 10001
        await client.placed(side="Sell")
        wrong = await client.post(path, symbol="BTCUSDT", stopLoss="95000")
        assert "should higher than base_price" in wrong["retMsg"]
        for price in ("105000", "104000"):
            body = {"symbol": "BTCUSDT", "stopLoss": price, "slTriggerBy": "MarkPrice"}
            assert (await client.post(path, **body))["retCode"] == 0
            assert (await client.post(path, **body))["retCode"] == 34040
        (stop,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert (stop["triggerPrice"], stop["triggerBy"]) == ("104000.00", "MarkPrice")
        assert (await client.post(path, symbol="BTCUSDT", stopLoss="0"))["retCode"] == 0
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"qty": "0.0015"}, 10001),
        ({"qty": "500"}, 10001),
        ({"qty": "2"}, 110007),
        ({"qty": "abc"}, 10001),
        ({"symbol": "PEPEUSDT"}, 10001),
        ({"category": "spot"}, 10001),
        ({"side": "buy"}, 10001),
        ({"positionIdx": 1}, 10001),
        ({"orderLinkId": "not.allowed"}, 10001),
        ({"orderType": "Limit", "price": "120000"}, 110003),
        ({"orderType": "Limit", "price": "1000", "qty": "0.001"}, 110094),
        ({"reduceOnly": True, "side": "Sell"}, 110017),
        ({"stopLoss": "100500"}, 10001),
        ({"triggerPrice": "99000"}, 10001),
        ({"triggerPrice": "99000", "triggerDirection": 2, "stopLoss": "95000"}, 110057),
    ],
)
async def test_a_broken_rule_has_its_code(body: dict[str, object], code: int) -> None:
    async with running_client() as client:
        answer = await client.order(**body)
        assert answer["retCode"] == code, answer
        assert client.account.orders == {}


async def test_a_reduce_only_order_is_cut_to_the_position() -> None:
    async with running_client() as client:
        await client.placed(qty="0.01")
        order_id = await client.placed(side="Sell", qty="0.5", reduceOnly=True)
        (row,) = await client.rows("/v5/order/realtime", orderId=order_id)
        assert (row["qty"], row["orderStatus"]) == ("0.01", "Filled")


async def test_a_batch_has_a_code_for_each_order() -> None:
    async with running_client() as client:
        order = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Limit", "price": "99000"}
        answer = await client.post(
            "/v5/order/create-batch",
            request=[order | {"qty": "0.01", "orderLinkId": "a"}, order | {"qty": "0"}],
        )
        assert [row["code"] for row in answer["retExtInfo"]["list"]] == [0, 10001]
        assert answer["result"]["list"][1]["orderId"] == ""
        gone = await client.post(
            "/v5/order/cancel-batch",
            request=[{"symbol": "BTCUSDT", "orderLinkId": n} for n in ("a", "b")],
        )
        assert [row["code"] for row in gone["retExtInfo"]["list"]] == [0, 110001]


async def test_cancel_all_takes_both_kinds_and_respects_the_filter() -> None:
    async with running_client() as client:
        await client.placed(orderType="Limit", price="99000")
        await client.placed(triggerPrice="101000", triggerDirection=1)
        path = "/v5/order/cancel-all"
        first = await client.post(path, symbol="BTCUSDT", orderFilter="StopOrder")
        second = await client.post(path, settleCoin="USDT")
        assert (len(first["result"]["list"]), len(second["result"]["list"])) == (1, 1)
        assert (await client.post(path))["retCode"] == 10001


async def test_order_history_is_paged_without_gaps_or_repeats() -> None:
    async with running_client() as client:
        placed = []
        for _ in range(7):
            placed.append(await client.placed())
        seen: list[str] = []
        cursor = ""
        while True:
            result = await client.result(
                "/v5/order/history", category="linear", limit=3, cursor=cursor
            )
            seen += [row["orderId"] for row in result["list"]]
            cursor = result["nextPageCursor"]
            if not cursor:
                break
        assert seen == placed[::-1]


async def test_a_waiting_conditional_order_is_amended_on_its_own_side() -> None:
    async with running_client() as client:
        await client.placed(triggerPrice="101000", triggerDirection=1, orderLinkId="wait")
        body = {"symbol": "BTCUSDT", "orderLinkId": "wait"}
        wrong = await client.post("/v5/order/amend", triggerPrice="99000", **body)
        assert wrong["retCode"] == 110092
        moved = await client.post("/v5/order/amend", triggerPrice="102000", qty="0.03", **body)
        assert moved["retCode"] == 0
        (row,) = await client.rows("/v5/order/realtime", symbol="BTCUSDT")
        assert (row["triggerPrice"], row["qty"]) == ("102000.00", "0.03")


async def test_a_price_that_runs_through_a_stop_before_it_stands_closes_at_once() -> None:
    async with running_client() as client:
        await client.placed(orderType="Limit", price="99000", stopLoss="98500")
        client.desk.engine.set_price("BTCUSDT", Decimal(98900))
        client.desk.engine.set_price("BTCUSDT", Decimal(98000))
        client.desk.engine.tick()
        assert await client.rows("/v5/position/list", settleCoin="USDT") == []
        exits = await client.rows("/v5/execution/list", symbol="BTCUSDT")
        assert (exits[0]["createType"], exits[0]["side"]) == ("CreateByStopLoss", "Sell")


async def test_the_stops_of_an_open_order_are_amended_and_removed() -> None:
    async with running_client() as client:
        number = await client.placed(orderType="Limit", price="99000", stopLoss="95000")

        async def amend(**body: Any) -> int:
            answer = await client.post("/v5/order/amend", symbol="BTCUSDT", orderId=number, **body)
            return int(answer["retCode"])

        async def stops() -> tuple[str, str, str]:
            (row,) = await client.rows("/v5/order/realtime", orderId=number)
            return row["stopLoss"], row["takeProfit"], row["slTriggerBy"]

        assert await amend(stopLoss="96000", takeProfit="120000", slTriggerBy="MarkPrice") == 0
        assert await stops() == ("96000.00", "120000.00", "MarkPrice")
        assert await amend(takeProfit="0") == 0
        assert await stops() == ("96000.00", "", "MarkPrice")
        assert await amend(price="95500") == 10001, "the stop would be above the order"
        client.desk.move("98900")
        client.desk.pass_time(5)
        (position,) = await client.rows("/v5/position/list", symbol="BTCUSDT")
        assert (position["size"], position["stopLoss"]) == ("0.01", "96000.00")


async def test_the_stops_of_a_waiting_conditional_order_are_not_amended() -> None:
    async with running_client() as client:
        number = await client.placed(triggerPrice="99000", triggerDirection=2)
        answer = await client.post(
            "/v5/order/amend", symbol="BTCUSDT", orderId=number, stopLoss="90000"
        )
        assert answer["retCode"] == 110060


async def test_an_order_is_checked_beforehand_and_not_placed() -> None:
    async with running_client(balance="10000") as client:
        asked = {"symbol": "BTCUSDT", "side": "Buy", "orderType": "Market", "qty": "0.1"}
        answer = await client.post("/v5/order/pre-check", **asked)
        assert answer["retCode"] == 0
        found = answer["result"]
        assert (found["preImrE4"], found["preMmrE4"]) == (0, 0)
        # 0.1 BTC at 100,000 with leverage 10 binds 1,000 of 10,000 USDT.
        assert found["postImrE4"] == 1000
        assert 0 < found["postMmrE4"] < found["postImrE4"]
        assert await client.rows("/v5/order/realtime", symbol="BTCUSDT") == []
        refused = await client.post("/v5/order/pre-check", **(asked | {"qty": "5"}))
        assert refused["retCode"] == 110007
