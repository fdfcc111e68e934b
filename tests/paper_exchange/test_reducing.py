"""Open orders that may only reduce end by themselves when there is nothing left to reduce."""

from decimal import Decimal
from typing import Any

import pytest

from daemon.paper_exchange.commands import ClosePosition, FillOrder
from daemon.paper_exchange.events import Event, OrderUpdate
from daemon.paper_exchange.orders import Order, OrderStatus, PositionSide, Side
from tests.paper import running_paper_exchange
from tests.paper_exchange.binance_desk import opened, raw_client, receive_event
from tests.paper_exchange.bybit_desk import running_client
from tests.paper_exchange.trading_floor import Floor, open_floor

SELL: dict[str, Any] = {"side": Side.SELL}


def open_position(exchange: str, **floor: Any) -> tuple[Floor, list[str]]:
    """Hold a long position of 0.05 BTC; the list gets what happens to orders from then on."""
    desk = open_floor(exchange=exchange, **floor)
    desk.place(**_position(desk, Side.BUY))
    told: list[str] = []

    def watch(event: Event) -> None:
        if isinstance(event, OrderUpdate):
            told.append(f"{event.what} {event.order.quantity}")

    desk.engine.subscribe(watch)
    return desk, told


def _position(floor: Floor, side: Side) -> dict[str, Any]:
    hedged = floor.accounts[0].hedge_mode
    return {"side": side, "position_side": PositionSide.LONG if hedged else PositionSide.BOTH}


def take_profit(floor: Floor, quantity: str = "0.05", away: int = 900) -> Order:
    """Rest a sale above the price that may only reduce the long position."""
    price = floor.engine.market("BTCUSDT").last_price + away
    words = _position(floor, Side.SELL)
    reduce_only = not floor.accounts[0].hedge_mode
    return floor.place(price=price, quantity=Decimal(quantity), reduce_only=reduce_only, **words)


@pytest.mark.parametrize("hedge_mode", [False, True], ids=["one-way", "hedge"])
@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_a_closed_position_ends_what_could_only_reduce_it(exchange: str, hedge_mode: bool) -> None:
    floor, told = open_position(exchange, hedge_mode=hedge_mode)
    first, second = take_profit(floor), take_profit(floor, "0.02")
    told.clear()
    side = PositionSide.LONG if hedge_mode else PositionSide.BOTH
    floor.engine.submit(floor.accounts[0], ClosePosition(symbol="BTCUSDT", position_side=side))
    assert [order.status for order in (first, second)] == [OrderStatus.EXPIRED] * 2
    assert first.reason == "REDUCE_ONLY"
    assert told == ["NEW 0.05", "TRADE 0.05", "EXPIRED 0.05", "EXPIRED 0.02"]
    assert not floor.accounts[0].open_orders


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_a_position_that_turns_round_ends_what_could_only_reduce_it(exchange: str) -> None:
    floor, _ = open_position(exchange)
    resting = take_profit(floor)
    floor.place(quantity=Decimal("0.08"), **SELL)
    assert floor.accounts[0].quantity_of("BTCUSDT") == Decimal("-0.03")
    assert resting.status is OrderStatus.EXPIRED


def test_on_binance_an_order_larger_than_what_is_left_expires_and_a_smaller_one_stays() -> None:
    floor, told = open_position("binance")
    large, small = take_profit(floor), take_profit(floor, "0.03")
    floor.place(quantity=Decimal("0.02"), **SELL)
    assert (large.status, small.status) == (OrderStatus.EXPIRED, OrderStatus.NEW)
    assert told[-1] == "EXPIRED 0.05"


def test_on_bybit_an_order_larger_than_what_is_left_is_cut_to_it() -> None:
    floor, told = open_position("bybit")
    large, small = take_profit(floor), take_profit(floor, "0.03")
    floor.place(quantity=Decimal("0.04"), **SELL)
    assert [(o.status, o.quantity) for o in (large, small)] == [
        (OrderStatus.NEW, Decimal("0.01"))
    ] * 2
    assert told[-2:] == ["AMENDMENT 0.01"] * 2


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_a_fill_of_one_resting_order_ends_the_other(exchange: str) -> None:
    floor, _ = open_position(exchange)
    near, far = take_profit(floor, away=100), take_profit(floor, away=200)
    command = FillOrder(order_id=near.order_id, quantity=Decimal("0.05"))
    floor.engine.submit(floor.accounts[0], command)
    assert (near.status, far.status) == (OrderStatus.FILLED, OrderStatus.EXPIRED)


@pytest.mark.parametrize("exchange", ["binance", "bybit"])
def test_orders_that_may_open_a_position_stay(exchange: str) -> None:
    floor, _ = open_position(exchange)
    price = floor.engine.market("BTCUSDT").last_price
    plain = floor.place(price=price + 900, **SELL)
    buy = floor.place(price=price - 900)
    floor.engine.submit(floor.accounts[0], ClosePosition(symbol="BTCUSDT"))
    assert plain.is_open
    assert buy.is_open


async def test_the_stream_tells_that_a_reduce_only_order_expired() -> None:
    async with running_paper_exchange() as paper:
        await paper.create_account()
        price = await paper.price("BTCUSDT") + 500
        async with raw_client(paper) as client:
            words = {"symbol": "BTCUSDT", "quantity": "0.05"}
            await client.call("POST", "/fapi/v1/order", side="BUY", type="MARKET", **words)
            words |= {"price": str(price), "timeInForce": "GTC", "reduceOnly": "true"}
            resting = await client.call(
                "POST", "/fapi/v1/order", side="SELL", type="LIMIT", newClientOrderId="tp", **words
            )
            assert resting.body["status"] == "NEW"
            key = (await client.call("POST", "/fapi/v1/listenKey")).body["listenKey"]
            async with opened(paper, f"/private/ws/{key}") as socket:
                await paper.act("binance", "key-1", "close_position", symbol="BTCUSDT")
                frame = await receive_event(socket, "ORDER_TRADE_UPDATE", c="tp")
            assert (frame["o"]["x"], frame["o"]["X"]) == ("EXPIRED", "EXPIRED")
            found = await client.call(
                "GET", "/fapi/v1/order", symbol="BTCUSDT", origClientOrderId="tp"
            )
            assert found.body["status"] == "EXPIRED"


async def test_bybit_s_answers_show_the_cut_and_then_the_end() -> None:
    async with running_client() as client:
        await client.placed(qty="0.05")
        limit = {"orderType": "Limit", "price": "104000", "reduceOnly": True}
        order_id = await client.placed(side="Sell", qty="0.05", **limit)
        await client.placed(side="Sell", qty="0.04")
        (cut,) = await client.rows("/v5/order/realtime", orderId=order_id)
        assert (cut["orderStatus"], cut["qty"], cut["leavesQty"]) == ("New", "0.01", "0.01")
        await client.placed(side="Sell", qty="0.01")
        (ended,) = await client.rows("/v5/order/history", orderId=order_id)
        assert (ended["orderStatus"], ended["cancelType"]) == ("Cancelled", "CancelByReduceOnly")
