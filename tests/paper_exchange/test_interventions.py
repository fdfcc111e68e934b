"""What customers and the exchange do by command, and what accounts look like afterwards."""

from __future__ import annotations

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import aiohttp
import pytest

from daemon.paper_exchange.faults.kinds import ACTION_KINDS, FaultKind
from tests.paper_exchange.fault_desk import KEY, FaultDesk, running_fault_desk

K = FaultKind
both = pytest.mark.parametrize("exchange", ["binance", "bybit"])
TESTED = {
    K.LISTEN_KEY_EXPIRED,
    K.LEVERAGE_CHANGE,
    K.MARGIN_MODE_CHANGE,
    K.POSITION_MODE_CHANGE,
    K.CLOSE_POSITION,
    K.CANCEL_ORDER,
    K.FILL_ORDER,
    K.OVERFILL,
    K.FOREIGN_ORDER,
    K.PERMISSIONS_CHANGE,
    K.IP_RESTRICTION,
    K.DEPOSIT,
    K.WITHDRAWAL,
    K.LIQUIDATION,
    K.PRICE_MOVE,
    K.FILTER_CHANGE,
    K.DELISTING,
    K.CLOCK_SKEW,
}


@pytest.fixture
async def desk() -> AsyncIterator[FaultDesk]:
    async with running_fault_desk() as running:
        yield running


async def act(desk: FaultDesk, kind: str, exchange: str, **body: Any) -> dict[str, Any]:
    """Do something to the account; return the record of the ground truth."""
    await desk.plan(kind, exchange=exchange, api_key=KEY, **body)
    record = (await desk.happened())[-1]
    assert record["fault"] == kind
    return record


def test_every_action_has_its_test() -> None:
    assert TESTED == ACTION_KINDS


@both
async def test_a_customer_changes_leverage_margin_and_position_mode(
    desk: FaultDesk, exchange: str
) -> None:
    await act(desk, "leverage_change", exchange, symbol="BTCUSDT", leverage=7)
    await act(desk, "position_mode_change", exchange, hedge_mode=True)
    symbol = "BTCUSDT" if exchange == "binance" else ""
    await act(desk, "margin_mode_change", exchange, symbol=symbol, margin_mode="ISOLATED")
    truth = await desk.truth(exchange)
    assert truth["leverage"]["BTCUSDT"] == 7
    assert truth["hedge_mode"] is True
    page = await desk.paper.control("GET", f"/truth?kind=request&exchange={exchange}")
    assert [entry.get("fault_id") for entry in page["entries"]][-3:] == ["f-1", "f-2", "f-3"]


@both
async def test_a_customer_closes_trades_and_cancels_by_hand(desk: FaultDesk, exchange: str) -> None:
    await act(desk, "foreign_order", exchange, symbol="BTCUSDT", side="BUY", quantity="0.02")
    (held,) = (await desk.truth(exchange))["positions"]
    assert held["quantity"] == "0.02"
    await act(desk, "close_position", exchange, symbol="BTCUSDT")
    assert (await desk.truth(exchange))["positions"] == []
    await desk.rest(exchange, "mine-1")
    await desk.rest(exchange, "mine-2")
    await act(desk, "cancel_order", exchange, client_id="mine-1")
    (left,) = (await desk.truth(exchange))["open_orders"]
    assert left["client_order_id"] == "mine-2"
    await act(desk, "fill_order", exchange, order_id=left["order_id"], fraction=0.4)
    (left,) = (await desk.truth(exchange))["open_orders"]
    assert left["filled_quantity"] == "0.004"


@both
async def test_an_order_is_filled_beyond_its_quantity(desk: FaultDesk, exchange: str) -> None:
    await desk.rest(exchange)
    record = await act(desk, "overfill", exchange, excess=0.5)
    assert "beyond 0.01" in record["detail"]
    (order,) = await desk.orders(exchange)
    assert order["status"] == "FILLED"
    assert Decimal(order["quantity"]) == Decimal("0.01")
    assert Decimal(order["filled_quantity"]) == Decimal("0.015")
    truth = await desk.truth(exchange)
    assert [Decimal(p["quantity"]) for p in truth["positions"]] == [Decimal("0.015")]
    assert truth["open_orders"] == []
    answer = await desk.query(exchange)
    row = answer.body if exchange == "binance" else answer.body["result"]["list"][0]
    filled = row["executedQty"] if exchange == "binance" else row["cumExecQty"]
    assert Decimal(filled) == Decimal("0.015")
    assert (await desk.account(exchange)).status == 200


@both
async def test_money_comes_and_goes(desk: FaultDesk, exchange: str) -> None:
    await act(desk, "deposit", exchange, amount="250.5")
    await act(desk, "withdrawal", exchange, amount=100)
    truth = await desk.truth(exchange)
    assert Decimal(truth["wallet_balance"]) == Decimal("10150.5")
    page = await desk.paper.control("GET", f"/truth/{exchange}/{KEY}/ledger")
    assert [Decimal(row["amount"]) for row in page["entries"]] == [10000, Decimal("250.5"), -100]


@both
async def test_a_key_gets_other_rights_and_addresses(desk: FaultDesk, exchange: str) -> None:
    await act(desk, "permissions_change", exchange, permissions={"withdraw": True})
    assert (await desk.truth(exchange))["permissions"]["withdraw"] is True
    await act(desk, "ip_restriction", exchange, addresses=["10.0.0.1"])
    assert (await desk.account(exchange)).code in {-2015, 10010}
    await act(desk, "ip_restriction", exchange, addresses=[])
    assert (await desk.account(exchange)).code in {None, 0}
    await act(desk, "permissions_change", exchange, permissions={"trade": False})
    assert (await desk.place(exchange)).code in {-2015, 10005}


@both
async def test_an_account_is_liquidated(desk: FaultDesk, exchange: str) -> None:
    await desk.place(exchange)
    await act(desk, "liquidation", exchange)
    assert (await desk.truth(exchange))["positions"] == []
    orders = await desk.orders(exchange)
    assert len(orders) == 2
    assert orders[1]["reason"] == "LIQUIDATION"


@both
async def test_filters_change_and_a_contract_ends(desk: FaultDesk, exchange: str) -> None:
    await act(
        desk, "filter_change", exchange, symbol="BTCUSDT", step_size="0.1", min_quantity="0.1"
    )
    assert (await desk.place(exchange)).code not in {None, 0}
    assert (await desk.place(exchange, **_quantity(exchange, "0.1"))).code in {None, 0}
    await act(desk, "delisting", exchange, symbol="BTCUSDT")
    assert (await desk.truth(exchange))["positions"] == []
    assert (await desk.place(exchange, "m-3", **_quantity(exchange, "0.1"))).code not in {None, 0}
    await act(desk, "delisting", exchange, symbol="BTCUSDT", status="TRADING")
    again = await desk.place(exchange, "m-4", **_quantity(exchange, "0.1"))
    assert again.code in {None, 0}, again.text


@both
async def test_the_servers_clock_is_wrong_for_one_exchange(desk: FaultDesk, exchange: str) -> None:
    await desk.plan("clock_skew", exchange=exchange, skew_ms=-60_000)
    assert (await desk.account(exchange)).code in {-1021, 10002}
    other = "bybit" if exchange == "binance" else "binance"
    assert (await desk.account(other)).code in {None, 0}
    await desk.paper.control("DELETE", "/faults")
    assert (await desk.account(exchange)).code in {None, 0}


async def test_a_price_moves_at_one_exchange(desk: FaultDesk) -> None:
    before = await desk.paper.price("BTCUSDT", "bybit")
    await desk.plan("price_move", exchange="bybit", symbol="BTCUSDT", percent="-10")
    assert await desk.paper.price("BTCUSDT", "bybit") < before * Decimal("0.91")


@both
async def test_an_action_can_wait_for_a_request(desk: FaultDesk, exchange: str) -> None:
    await desk.plan(
        "withdrawal",
        exchange=exchange,
        api_key=KEY,
        amount="9000",
        on={"client_id": "mine-2"},
    )
    await desk.place(exchange, "mine-1")
    assert await desk.happened() == []
    await desk.place(exchange, "mine-2")
    (record,) = await desk.happened()
    assert (record["fault"], record["detail"]) == ("withdrawal", "9000 USDT out")


@both
async def test_what_the_engine_refuses_is_said(desk: FaultDesk, exchange: str) -> None:
    body = {"kind": "close_position", "exchange": exchange, "api_key": KEY, "symbol": "BTCUSDT"}
    url = f"{desk.paper.url}/_paper/faults"
    async with aiohttp.ClientSession() as session, session.post(url, json=body) as answer:
        assert answer.status == 409
        assert (await answer.json())["error"] == "NO_POSITION"
    assert await desk.happened() == []


def _quantity(exchange: str, quantity: str) -> dict[str, str]:
    return {"quantity" if exchange == "binance" else "qty": quantity}
