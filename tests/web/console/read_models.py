"""Builders of read models as the pages get them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.orders import AttemptState
from patriot_app.core.queries.orders import OrderSummary
from patriot_app.core.queries.positions import PositionSummary
from patriot_app.core.queries.signals import OutcomeCounts, SignalSummary

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ID = UUID(int=7)


def make_signal_summary(**overrides: Any) -> SignalSummary:
    """Return a long signal for a hundred accounts, most of them filled."""
    signal = SignalSummary(
        id=ID,
        created_at=NOW,
        bar_closed_at=NOW,
        deployment_id=ID,
        deployment="Trend",
        strategy="EMA cross",
        version=2,
        symbol="BTCUSDT",
        action="open_long",
        reference_price=Decimal("62410.512345678"),
        stop_loss=Decimal(61_000),
        take_profit=None,
        confidence=Decimal(1),
        explanation="",
        valid_until=NOW,
        published_by="",
        counts=OutcomeCounts(accounts=100, filled=90, skipped=7, denied=3),
        is_finished=True,
        latency_p50_ms=Decimal("48.4"),
        latency_p95_ms=Decimal("142.1"),
        dispersion_bps=Decimal("3.14"),
    )
    return replace(signal, **overrides)


def make_position_summary(**overrides: Any) -> PositionSummary:
    """Return a long of half a bitcoin with its stop in place and a fresh price."""
    position = PositionSummary(
        account_id=ID,
        account="Binance paper",
        client_id=ID,
        client="Ada",
        exchange="binance",
        mode="paper",
        symbol="BTCUSDT",
        position_side="BOTH",
        quantity=Decimal("0.5"),
        entry_price=Decimal(50_000),
        mark_price=Decimal(51_000),
        notional=Decimal(25_500),
        unrealised_pnl=Decimal(500),
        realised_pnl=Decimal(0),
        commission=Decimal(10),
        leverage=3,
        liquidation_price=Decimal(34_000),
        liquidation_distance=Decimal("0.3333"),
        wanted_stop=Decimal(49_000),
        live_stop=Decimal(49_000),
        wanted_target=None,
        live_target=None,
        unprotected_since=None,
        deployment_id=ID,
        deployment="Trend",
        opened_at=NOW,
        price_at=NOW,
        exchange_quantity=Decimal("0.5"),
    )
    return replace(position, **overrides)


def make_order_summary(**overrides: Any) -> OrderSummary:
    """Return a working entry of half a bitcoin."""
    order = OrderSummary(
        id=ID,
        client_order_id="ptpaaaaaaaaaaaaaaaaaaaaaaaa-1",
        number=1,
        state=AttemptState.OPEN,
        account_id=ID,
        account="Binance paper",
        client="Ada",
        exchange="binance",
        mode="paper",
        symbol="BTCUSDT",
        leg="entry",
        side="BUY",
        order_type="MARKET",
        quantity=Decimal("0.5"),
        price=None,
        trigger_price=None,
        reduce_only=False,
        filled_quantity=Decimal(0),
        average_price=None,
        exchange_code="",
        evidence="",
        exchange_order_id="1001",
        created_at=NOW,
        sending_at=NOW,
        acknowledged_at=NOW,
        resolved_at=None,
        signal_id=ID,
        deployment_id=ID,
    )
    return replace(order, **overrides)
