"""Builders for accounts as planning sees them."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.accounts import AccountMode, AccountStatus, Exchange
from patriot_app.core.domain.risk import Exposure
from patriot_app.core.domain.risk_limits import EffectiveLimits
from patriot_app.core.domain.targets import AccountTarget

WALL_NOW = datetime(2026, 11, 2, 9, 30, tzinfo=UTC)


def make_limits(**overrides: Any) -> EffectiveLimits:
    """Return the desk's defaults."""
    limits = EffectiveLimits(
        position_notional=Decimal(50_000),
        leverage=Decimal(10),
        daily_loss_fraction=Decimal("0.05"),
        drawdown_fraction=Decimal("0.20"),
    )
    return replace(limits, **overrides)


def make_exposure(**overrides: Any) -> Exposure:
    """Return an account that carries nothing and lost nothing."""
    exposure = Exposure(
        account_notional=Decimal(0), day_loss_fraction=Decimal(0), drawdown_fraction=Decimal(0)
    )
    return replace(exposure, **overrides)


def make_target(**overrides: Any) -> AccountTarget:
    """Return a healthy flat paper account with 10,000 USDT at 10x."""
    target = AccountTarget(
        account_id=UUID(int=1),
        shard=1,
        exchange=Exchange.BINANCE,
        mode=AccountMode.PAPER,
        status=AccountStatus.ACTIVE,
        is_parked=False,
        is_ready=True,
        is_credential_verified=True,
        has_order_in_flight=False,
        equity=Decimal(10_000),
        available_balance=Decimal(10_000),
        balance_age_ms=1_000,
        share=Decimal(1),
        leverage=10,
        position_quantity=Decimal(0),
        limits=make_limits(),
        exposure=make_exposure(),
    )
    return replace(target, **overrides)
