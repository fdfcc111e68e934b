"""Binance's official samples and recorded shapes in our words."""

from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from daemon.exchanges import binance_wire as wire
from daemon.exchanges.binance_user_stream import account_change
from patriot_app.core.domain.orders import AttemptState, Side
from patriot_app.core.errors import ExchangeUnavailable
from tests.daemon.exchanges.samples import binance_sample, leverage_brackets, recorded_exchange_info

QUERY: dict[str, Any] = {
    "avgPrice": "65000.12000",
    "clientOrderId": "abc",
    "cumQuote": "65.0",
    "executedQty": "0.001",
    "orderId": 1573346959,
    "origQty": "0.002",
    "price": "0",
    "reduceOnly": False,
    "side": "BUY",
    "status": "PARTIALLY_FILLED",
    "stopPrice": "0",
    "symbol": "BTCUSDT",
    "type": "MARKET",
    "updateTime": 1579276756075,
}
TRADE_UPDATE: dict[str, Any] = {
    "e": "ORDER_TRADE_UPDATE",
    "E": 1568879465651,
    "T": 1568879465650,
    "o": {
        "s": "BTCUSDT", "c": "abc", "S": "SELL", "o": "MARKET", "f": "GTC", "q": "0.003",
        "p": "0", "ap": "9910.5", "sp": "0", "x": "TRADE", "X": "PARTIALLY_FILLED", "i": 8886774,
        "l": "0.001", "z": "0.002", "L": "9910.12345678", "n": "0.00396405", "N": "USDT",
        "T": 1568879465650, "t": 77, "R": True, "m": False, "rp": "-1.25000000",
    },
}  # fmt: skip


def test_an_order_keeps_every_digit() -> None:
    report = wire.order_report(QUERY)
    assert report.state is AttemptState.PARTIALLY_FILLED
    assert (report.quantity, report.filled_quantity) == (Decimal("0.002"), Decimal("0.001"))
    assert report.average_price == Decimal("65000.12")
    assert report.price is None
    assert report.trigger_price is None
    assert report.updated_at == datetime(2020, 1, 17, 15, 59, 16, 75_000, tzinfo=UTC)


def test_an_unknown_status_is_not_guessed() -> None:
    with pytest.raises(ExchangeUnavailable, match="order status"):
        wire.order_report(QUERY | {"status": "HIBERNATING"})


@pytest.mark.parametrize("missing", ["status", "orderId", "executedQty", "updateTime"])
def test_half_an_order_is_refused(missing: str) -> None:
    row = {name: value for name, value in QUERY.items() if name != missing}
    with pytest.raises(ExchangeUnavailable, match=missing):
        wire.order_report(row)


@pytest.mark.parametrize("value", ["NaN", "Infinity", "abc", None])
def test_what_is_no_number_is_refused(value: Any) -> None:
    with pytest.raises(ExchangeUnavailable):
        wire.order_report(QUERY | {"executedQty": value})


def test_a_trade_event_is_a_report_and_a_fill() -> None:
    report = wire.stream_order_report(TRADE_UPDATE)
    fill = wire.stream_fill_report(TRADE_UPDATE)
    assert fill is not None
    assert (report.filled_quantity, fill.quantity) == (Decimal("0.002"), Decimal("0.001"))
    assert fill.side is Side.SELL
    assert fill.price == Decimal("9910.12345678")
    assert (fill.commission, fill.realised_pnl) == (Decimal("0.00396405"), Decimal("-1.25"))
    assert (fill.exchange_trade_id, fill.exchange_order_id) == ("77", "8886774")


def test_an_order_event_without_a_trade_is_no_fill() -> None:
    event = TRADE_UPDATE | {"o": TRADE_UPDATE["o"] | {"x": "NEW", "l": "0", "X": "NEW"}}
    assert wire.stream_fill_report(event) is None


def test_an_algo_event_names_the_order_that_it_became() -> None:
    event = {
        "e": "ALGO_UPDATE",
        "T": 1750515742297,
        "E": 1750515742303,
        "o": {
            "caid": "Q5x", "aid": 2148719, "at": "CONDITIONAL", "o": "STOP_MARKET", "s": "BNBUSDT",
            "S": "SELL", "ps": "BOTH", "q": "0.01", "X": "TRIGGERED", "ai": "9001", "tp": "750",
            "p": "0", "R": False, "cp": True, "rm": "",
        },
    }  # fmt: skip
    report = wire.stream_algo_report(event)
    assert (report.client_order_id, report.exchange_order_id) == ("Q5x", "2148719")
    assert (report.triggered_order_id, report.is_conditional) == ("9001", True)
    assert report.reduce_only


def test_official_samples_are_understood() -> None:
    trade = wire.fill_report(binance_sample("trade", "account_trade_list")[0])
    assert (trade.commission, trade.realised_pnl) == (Decimal("0.07819010"), Decimal("-0.91539999"))
    assert wire.order_report(binance_sample("trade", "query_order")).state is AttemptState.OPEN
    algo = wire.algo_report(binance_sample("trade", "query_algo_order"))
    assert (algo.state, algo.triggered_order_id) == (AttemptState.CANCELED, None)
    position = binance_sample("trade", "position_information_v3")[0]
    report = wire.position_report(position, leverage=wire.leverage_of(position))
    assert (report.quantity, report.leverage) == (Decimal(30), 20)
    income = wire.ledger_row(binance_sample("account", "get_income_history")[0])
    assert (income.row_type, income.amount) == ("TRANSFER", Decimal("-0.37500000"))
    balance = wire.balance_report(
        binance_sample("account", "account_information_v3"), read_at=datetime.now(UTC)
    )
    assert balance.wallet_balance == Decimal("126.72469206")


def test_the_recorded_contract_list_is_understood() -> None:
    rows = [
        row
        for row in recorded_exchange_info()["symbols"]
        if row["contractType"] == "PERPETUAL" and row["quoteAsset"] == "USDT"
    ]
    instruments = {row["symbol"]: wire.instrument(row, ()) for row in rows}
    bitcoin = instruments["BTCUSDT"]
    assert (bitcoin.tick_size, bitcoin.step_size) == (Decimal("0.01"), Decimal("0.001"))
    assert len(instruments) > 80


def test_real_brackets_join_without_holes() -> None:
    for row in leverage_brackets():
        bands = wire.brackets(row)
        assert bands[0].notional_floor == 0
        for lower, upper in pairwise(bands):
            assert lower.notional_cap == upper.notional_floor
            assert lower.leverage_max >= upper.leverage_max


def test_an_account_event_tells_wallet_and_positions() -> None:
    change = account_change(
        {
            "e": "ACCOUNT_UPDATE",
            "T": 1564745798938,
            "a": {
                "m": "ORDER",
                "B": [
                    {"a": "BNB", "wb": "1", "bc": "0"},
                    {"a": "USDT", "wb": "122624.12345678", "cw": "100.1", "bc": "50.1"},
                ],
                "P": [{"s": "BTCUSDT", "pa": "-1.5", "ep": "6563.5", "up": "2850.2", "ps": "BOTH"}],
            },
        }
    )
    assert change.wallet_balance == Decimal("122624.12345678")
    assert change.positions[0].quantity == Decimal("-1.5")
    assert change.reason == "ORDER"
