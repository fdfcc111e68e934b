"""Bybit's official samples in our words."""

from decimal import Decimal
from typing import Any

import pytest

from daemon.exchanges import bybit_wire as wire
from daemon.exchanges.bybit_user_stream import account_change
from patriot_app.core.domain.orders import AttemptState, Leg, PositionSide, Side
from patriot_app.core.errors import ExchangeUnavailable
from tests.daemon.exchanges.builders import NOW
from tests.daemon.exchanges.samples import bybit_sample

ORDER: dict[str, Any] = {
    "orderId": "fd43",
    "orderLinkId": "",
    "symbol": "ETHUSDT",
    "price": "0",
    "qty": "0.10",
    "side": "Sell",
    "orderStatus": "Untriggered",
    "rejectReason": "EC_NoError",
    "avgPrice": "",
    "cumExecQty": "0",
    "orderType": "Market",
    "stopOrderType": "StopLoss",
    "triggerPrice": "1500.00",
    "reduceOnly": True,
    "closeOnTrigger": True,
    "updatedTime": "1684738540561",
}


def test_an_attached_stop_is_known_by_its_kind() -> None:
    report = wire.order_report(ORDER)
    assert (report.order_type, report.client_order_id) == ("StopLoss", "")
    assert report.is_conditional
    assert report.reduce_only
    assert report.trigger_price == Decimal(1500)
    assert report.reason == ""


def test_a_triggered_stop_is_no_longer_conditional() -> None:
    filled = ORDER | {"orderStatus": "Filled", "cumExecQty": "0.10", "avgPrice": "1499.5"}
    report = wire.order_report(filled)
    assert (report.is_conditional, report.state) == (False, AttemptState.FILLED)
    assert report.average_price == Decimal("1499.5")


def test_an_unknown_status_is_not_guessed() -> None:
    with pytest.raises(ExchangeUnavailable):
        wire.order_report(ORDER | {"orderStatus": "Sleeping"})


def test_official_samples_are_understood() -> None:
    order = wire.order_report(bybit_sample("order__open-order")["list"][0])
    assert (order.side, order.state, order.price) == (Side.BUY, AttemptState.OPEN, Decimal(1600))
    ended = wire.order_report(bybit_sample("order__order-list")["list"][0])
    assert (ended.state, ended.reason) == (AttemptState.CANCELED, "EC_PostOnlyWillTakeLiquidity")
    asked = bybit_sample("order__order-list")["list"][0] | {"rejectReason": "EC_PerCancelRequest"}
    assert wire.order_report(asked).reason == ""
    execution = bybit_sample("order__execution")["list"][0]
    fill = wire.fill_report(execution, source="rest")
    assert wire.is_trade(execution)
    assert (fill.price, fill.commission) == (Decimal("1190.15"), Decimal("0.071409"))
    assert fill.realised_pnl is None
    position = wire.position_report(bybit_sample("position__position")["list"][0])
    assert (position.quantity, position.position_side) == (Decimal(-300), PositionSide.BOTH)
    assert position.stop_loss is None


def test_a_fill_of_an_attached_stop_names_its_leg() -> None:
    execution = bybit_sample("order__execution")["list"][0]
    attached = execution | {"orderLinkId": "", "stopOrderType": "StopLoss"}
    assert wire.fill_report(attached, source="rest").attached_leg is Leg.STOP_LOSS
    for other in ({"orderLinkId": "mine"}, {"stopOrderType": "Stop"}, {"stopOrderType": "UNKNOWN"}):
        assert wire.fill_report(attached | other, source="rest").attached_leg is None


def test_a_log_row_is_the_change_of_the_wallet() -> None:
    rows = [wire.ledger_row(row) for row in bybit_sample("account__transaction-log")["list"]]
    assert [row.row_type for row in rows] == ["SETTLEMENT", "TRADE", "TRADE"]
    assert [row.amount for row in rows] == [
        Decimal("-0.003676"),
        Decimal("-0.0190872"),
        Decimal("-0.0026028"),
    ]
    # One id may appear under two types: the type belongs to the key.
    assert rows[0].row_id == rows[1].row_id


def test_the_usdt_row_is_the_wallet() -> None:
    account = {
        "totalAvailableBalance": "900",
        "totalInitialMargin": "50",
        "totalMaintenanceMargin": "5",
        "coin": [
            {"coin": "BTC", "walletBalance": "1", "unrealisedPnl": "0"},
            {"coin": "USDT", "walletBalance": "1000.12345678", "unrealisedPnl": "-1.5"},
        ],
    }
    report = wire.balance_report(account, read_at=NOW)
    assert report.wallet_balance == Decimal("1000.12345678")
    assert report.equity == Decimal("998.62345678")


def test_brackets_are_made_of_risk_limits() -> None:
    rows = [
        {"symbol": "X", "riskLimitValue": "400", "maintenanceMargin": "0.02", "maxLeverage": "25", "mmDeduction": "2"},
        {"symbol": "X", "riskLimitValue": "200", "maintenanceMargin": "0.01", "maxLeverage": "50", "mmDeduction": ""},
    ]  # fmt: skip
    low, high = wire.brackets(rows)
    assert (low.notional_floor, low.notional_cap, low.deduction) == (0, 200, 0)
    assert (high.notional_floor, high.leverage_max, high.deduction) == (200, 25, 2)


def test_a_position_event_tells_the_position() -> None:
    message = {
        "topic": "position",
        "creationTime": 1672364174455,
        "data": [
            {
                "positionIdx": 0, "symbol": "BTCUSDT", "side": "Sell", "size": "0.5",
                "entryPrice": "16000", "unrealisedPnl": "-1", "updatedTime": "1672364174449",
            }
        ],
    }  # fmt: skip
    change = account_change("position", message, message["data"])  # type: ignore[arg-type]
    assert change.positions[0].quantity == Decimal("-0.5")
    assert change.positions[0].entry_price == Decimal(16000)
    assert change.wallet_balance is None
