"""Builders for what exchanges report of orders, trades and positions."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.fills import FillReport
from patriot_app.core.domain.orders import AttemptState, OrderReport, PositionSide, Side
from patriot_app.core.domain.positions import PositionReport
from tests.factories.market import MARKET_NOW


def make_report(**overrides: Any) -> OrderReport:
    """Return an open market order to buy one contract."""
    report = OrderReport(
        exchange=Exchange.BINANCE,
        symbol="BTCUSDT",
        client_order_id="ptpaaaaaaaaaaaaaaaaaaaaaaaa-1",
        exchange_order_id="1001",
        state=AttemptState.OPEN,
        side=Side.BUY,
        order_type="MARKET",
        quantity=Decimal(1),
        filled_quantity=Decimal(0),
        average_price=None,
        price=None,
        trigger_price=None,
        reduce_only=False,
        is_conditional=False,
        triggered_order_id=None,
        updated_at=MARKET_NOW,
    )
    return replace(report, **overrides)


def make_fill(**overrides: Any) -> FillReport:
    """Return a purchase of one contract at 100 without commission."""
    fill = FillReport(
        exchange=Exchange.BINANCE,
        symbol="BTCUSDT",
        exchange_trade_id="1",
        exchange_order_id="1001",
        client_order_id="ptpaaaaaaaaaaaaaaaaaaaaaaaa-1",
        side=Side.BUY,
        quantity=Decimal(1),
        price=Decimal(100),
        commission=Decimal(0),
        commission_asset="USDT",
        realised_pnl=None,
        is_maker=False,
        traded_at=MARKET_NOW,
        source="stream",
    )
    return replace(fill, **overrides)


def make_position_report(**overrides: Any) -> PositionReport:
    """Return a long of one contract at 100."""
    report = PositionReport(
        symbol="BTCUSDT",
        position_side=PositionSide.BOTH,
        quantity=Decimal(1),
        entry_price=Decimal(100),
        mark_price=Decimal(100),
        unrealised_pnl=Decimal(0),
        liquidation_price=None,
        leverage=10,
        stop_loss=None,
        updated_at=MARKET_NOW,
    )
    return replace(report, **overrides)
