"""Signals, recorded once, and their fan-out: one row per shard and one per account."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    Uuid,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.fan_outs import Decision, FanOutState
from patriot_app.core.domain.orders import OrderType, TimeInForce
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import (
    NUMERIC,
    Price,
    Quantity,
    Rate,
    Symbol,
    UtcDateTime,
    text_enum,
)


class Signal(CreatedAt, Base):
    """One decision. `valid_until` is wall time, `bar_closed_at` and `expires_at` market time."""

    __tablename__ = "signals"
    __table_args__ = (
        UniqueConstraint("deployment_id", "symbol", "signal_key"),
        Index("ix_signals_created_at", "created_at"),
        Index("ix_signals_turn", "deployment_id", "symbol", "action", "turn"),
    )

    id: Mapped[RowId]
    deployment_id: Mapped[UUID] = mapped_column(ForeignKey("deployments.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("strategy_versions.id"))
    symbol: Mapped[Symbol]
    signal_key: Mapped[str] = mapped_column(String(80))
    parameter_hash: Mapped[str] = mapped_column(String(64))
    action: Mapped[SignalAction] = mapped_column(text_enum(SignalAction, name="action"))
    reference_exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="reference_exchange")
    )
    reference_price: Mapped[Price]
    stop_loss: Mapped[Price | None]
    take_profit: Mapped[Price | None]
    entry_type: Mapped[OrderType] = mapped_column(
        text_enum(OrderType, name="entry_type"), server_default=OrderType.MARKET.value
    )
    entry_price: Mapped[Price | None]
    trigger_price: Mapped[Price | None]
    time_in_force: Mapped[TimeInForce | None] = mapped_column(
        text_enum(TimeInForce, name="time_in_force")
    )
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confidence: Mapped[Rate]
    explanation: Mapped[str] = mapped_column(String, server_default="")
    bar_closed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    valid_until: Mapped[datetime] = mapped_column(UtcDateTime)
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    retry_of: Mapped[UUID | None] = mapped_column(ForeignKey("signals.id"), index=True)
    accounts: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid))
    turn: Mapped[int] = mapped_column(server_default="0")


class FanOut(Base):
    """The part of a signal that one shard's owner plans and sends."""

    __tablename__ = "fan_outs"
    __table_args__ = (Index("ix_fan_outs_state_shard", "state", "shard"),)

    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    state: Mapped[FanOutState] = mapped_column(text_enum(FanOutState, name="state"))
    accounts: Mapped[int]
    first_account_id: Mapped[UUID | None] = mapped_column(ForeignKey("accounts.id"))
    planned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class FanOutAccount(Base):
    """What was decided for one account of a signal; what became of it stands on its intents.

    `reviewed` is what the review of an entry looked at (`core.domain.dry_runs`).
    """

    __tablename__ = "fan_out_accounts"
    __table_args__ = (Index("ix_fan_out_accounts_account", "account_id", "decided_at"),)

    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger)
    place: Mapped[int]
    decision: Mapped[Decision] = mapped_column(text_enum(Decision, name="decision"))
    reason_code: Mapped[str] = mapped_column(String(60), server_default="")
    reason: Mapped[str] = mapped_column(String, server_default="")
    quantity: Mapped[Quantity | None]
    decided_at: Mapped[datetime] = mapped_column(UtcDateTime)
    reviewed: Mapped[list[str | None] | None] = mapped_column(JSONB)


class ImpactEstimate(CreatedAt, Base):
    """What all accounts of a signal would do to an exchange's price at once; made once.

    `impact_bps_max` is the setting that the slices were made by.
    """

    __tablename__ = "impact_estimates"
    __table_args__ = (CheckConstraint("slices >= 1", name="slices"),)

    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"), primary_key=True)
    exchange: Mapped[Exchange] = mapped_column(
        text_enum(Exchange, name="exchange"), primary_key=True
    )
    mode: Mapped[AccountMode] = mapped_column(text_enum(AccountMode, name="mode"), primary_key=True)
    quantity: Mapped[Quantity]
    impact_bps: Mapped[Decimal | None] = mapped_column(NUMERIC)
    slices: Mapped[int] = mapped_column(SmallInteger)
    impact_bps_max: Mapped[Decimal] = mapped_column(NUMERIC)
    reason: Mapped[str] = mapped_column(String, server_default="")


class SignalOutcome(Base):
    """What a signal came to, once at rest; derived, and taken away when an order of it moves."""

    __tablename__ = "signal_outcomes"

    signal_id: Mapped[UUID] = mapped_column(ForeignKey("signals.id"), primary_key=True)
    accounts: Mapped[int]
    filled: Mapped[int]
    partial: Mapped[int]
    skipped: Mapped[int]
    denied: Mapped[int]
    expired: Mapped[int]
    superseded: Mapped[int]
    cancelled: Mapped[int]
    failed: Mapped[int]
    latency_p50_ms: Mapped[Decimal | None] = mapped_column(NUMERIC)
    latency_p95_ms: Mapped[Decimal | None] = mapped_column(NUMERIC)
    dispersion_bps: Mapped[Decimal | None] = mapped_column(NUMERIC)
    settled_at: Mapped[datetime] = mapped_column(UtcDateTime)
