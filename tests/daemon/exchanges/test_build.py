"""Our order in the exchanges' words."""

from decimal import Decimal

import pytest

from daemon.exchanges.build import binance_cancel, binance_order, bybit_cancel, bybit_order
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import OrderType, Side, TimeInForce
from tests.daemon.exchanges.builders import CLIENT_ORDER_ID, make_identity, make_request


def test_a_market_order_on_binance() -> None:
    call, params = binance_order(make_request(quantity=Decimal("1E+1"), reduce_only=True))
    assert call.path == "order"
    assert params == {
        "symbol": "BTCUSDT",
        "side": "BUY",
        "type": "MARKET",
        "quantity": "10",
        "reduceOnly": "true",
        "newClientOrderId": CLIENT_ORDER_ID,
    }


def test_a_post_only_limit_order_on_both() -> None:
    changes = {
        "order_type": OrderType.LIMIT,
        "price": Decimal("65000.10"),
        "time_in_force": TimeInForce.POST_ONLY,
    }
    _, binance = binance_order(make_request(**changes))
    _, bybit = bybit_order(make_request(Exchange.BYBIT, **changes))
    assert (binance["price"], binance["timeInForce"]) == ("65000.10", "GTX")
    assert (bybit["price"], bybit["timeInForce"]) == ("65000.10", "PostOnly")


def test_a_stop_on_binance_is_an_algo_order_that_closes_the_position() -> None:
    call, params = binance_order(
        make_request(
            side=Side.SELL,
            order_type=OrderType.STOP_MARKET,
            quantity=None,
            trigger_price=Decimal("61000.0"),
            close_position=True,
        )
    )
    assert call.path == "algoOrder"
    assert params == {
        "symbol": "BTCUSDT",
        "side": "SELL",
        "algoType": "CONDITIONAL",
        "type": "STOP_MARKET",
        "triggerPrice": "61000.0",
        "workingType": "MARK_PRICE",
        "clientAlgoId": CLIENT_ORDER_ID,
        "closePosition": "true",
    }


def test_a_stop_entry_carries_its_quantity_trigger_and_limit_on_both() -> None:
    changes = {
        "order_type": OrderType.STOP_LIMIT,
        "quantity": Decimal("0.5"),
        "price": Decimal("65010.0"),
        "trigger_price": Decimal("65000.0"),
        "time_in_force": TimeInForce.GTC,
    }
    call, binance = binance_order(make_request(**changes))
    _, bybit = bybit_order(make_request(Exchange.BYBIT, **changes))
    assert call.path == "algoOrder"
    assert (binance["type"], binance["triggerPrice"], binance["price"], binance["quantity"]) == (
        "STOP",
        "65000.0",
        "65010.0",
        "0.5",
    )
    assert (bybit["orderType"], bybit["triggerPrice"], bybit["triggerDirection"]) == (
        "Limit",
        "65000.0",
        1,
    )
    assert "closePosition" not in binance
    assert "closeOnTrigger" not in bybit


@pytest.mark.parametrize(
    ("side", "order_type", "direction"),
    [
        (Side.SELL, OrderType.STOP_MARKET, 2),
        (Side.BUY, OrderType.STOP_MARKET, 1),
        (Side.SELL, OrderType.STOP_LIMIT, 2),
        (Side.SELL, OrderType.TAKE_PROFIT_MARKET, 1),
        (Side.BUY, OrderType.TAKE_PROFIT_MARKET, 2),
    ],
)
def test_bybit_must_be_told_from_which_side_the_price_comes(
    side: Side, order_type: OrderType, direction: int
) -> None:
    _, params = bybit_order(
        make_request(
            Exchange.BYBIT, side=side, order_type=order_type, trigger_price=Decimal("61000")
        )
    )
    assert params["triggerDirection"] == direction
    assert params["orderType"] == "Market"


def test_the_stop_of_a_bybit_entry_rides_along() -> None:
    _, params = bybit_order(make_request(Exchange.BYBIT, stop_loss=Decimal("61000.5")))
    assert (params["stopLoss"], params["slTriggerBy"], params["tpslMode"]) == (
        "61000.5",
        "MarkPrice",
        "Full",
    )


def test_a_cancel_names_our_id_and_theirs_only_without_it() -> None:
    assert binance_cancel(make_identity())[1] == {
        "symbol": "BTCUSDT",
        "origClientOrderId": CLIENT_ORDER_ID,
    }
    call, params = binance_cancel(make_identity(is_conditional=True))
    assert (call.path, params["clientAlgoId"]) == ("algoOrder", CLIENT_ORDER_ID)
    attached = make_identity(client_order_id="", exchange_order_id="abc")
    assert bybit_cancel(attached)[1] == {
        "category": "linear",
        "symbol": "BTCUSDT",
        "orderId": "abc",
    }
