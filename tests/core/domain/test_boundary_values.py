"""What positions were worth at a moment that nobody watched, by their trades."""

from datetime import UTC, datetime
from decimal import Decimal

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.boundary_values import BoundaryValue, Contract, value_of
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import Side

D = Decimal


def make_fill(side: Side, quantity: str, price: str, symbol: str = "BTCUSDT") -> FillReport:
    return FillReport(
        exchange=Exchange.BINANCE,
        symbol=symbol,
        exchange_trade_id=f"{symbol}{side}{quantity}{price}",
        exchange_order_id="1",
        client_order_id="",
        side=side,
        quantity=D(quantity),
        price=D(price),
        commission=D(0),
        commission_asset="USDT",
        realised_pnl=None,
        is_maker=False,
        traded_at=datetime(2026, 1, 31, tzinfo=UTC),
        source="rest",
    )


def contract(close: str | None) -> Contract:
    return Contract(D(1), None if close is None else D(close))


def test_what_is_still_open_is_valued_at_its_mean_price() -> None:
    trades = {
        "BTCUSDT": [
            make_fill(Side.BUY, "1", "50000"),
            make_fill(Side.BUY, "1", "51000"),
            make_fill(Side.SELL, "1", "52000"),
        ],
        "ETHUSDT": [make_fill(Side.SELL, "2", "3000", "ETHUSDT")],
    }
    prices = {"BTCUSDT": contract("50400"), "ETHUSDT": contract("2990.5")}
    assert value_of(trades, prices) == BoundaryValue(
        D("-81"), "BTCUSDT 1 at 50400, ETHUSDT -2 at 2990.5"
    )


def test_what_was_closed_needs_no_price() -> None:
    trades = [make_fill(Side.BUY, "1", "50000"), make_fill(Side.SELL, "1", "52000")]
    found = value_of({"BTCUSDT": trades}, {"BTCUSDT": contract(None)})
    assert found == BoundaryValue(D(0), "nothing was open")
    assert value_of({}, {}) == BoundaryValue(D(0), "nothing was open")


def test_without_a_price_nothing_is_said() -> None:
    trades = [make_fill(Side.BUY, "1", "50000")]
    assert value_of({"BTCUSDT": trades}, {"BTCUSDT": contract(None)}) is None
