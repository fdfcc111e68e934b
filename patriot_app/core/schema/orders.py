"""Intents, attempts and fills (EXECUTION 2.1).

An intent is what we want of one account; an attempt is one order sent for it at most once. The
client order id is on the attempt and is stored before anything is sent.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.amendments import AmendmentState
from patriot_app.core.domain.orders import (
    AttemptState,
    IntentState,
    Leg,
    OrderType,
    Side,
    TimeInForce,
)
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import (
    Amount,
    Milliseconds,
    Price,
    Quantity,
    Symbol,
    UtcDateTime,
    text_enum,
)


class Intent(CreatedAt, Base):
    """What we want; its id derives from signal (or command), account and leg.

    `expires_at` is market time: then an entry that still rests is taken back. `replaces` is the
    first intent of a chain of entries of which each took the cancelled one's place. An order that
    is sent in parts has an intent for each: `slice` of `slices`, not before `starts_at` (wall time).
    """

    __tablename__ = "intents"
    __table_args__ = (
        Index("ix_intents_signal", "signal_id", "account_id"),
        Index("ix_intents_account_created", "account_id", "created_at"),
        Index(
            "ix_intents_live",
            "shard",
            postgresql_where=text("state in ('planned', 'executing', 'blocked')"),
        ),
        Index(
            "ix_intents_slices",
            "shard",
            "starts_at",
            postgresql_where=text("slice > 1 and state = 'planned'"),
        ),
        Index("ix_intents_replaces", "replaces", postgresql_where=text("replaces is not null")),
        CheckConstraint("close_position or quantity > 0", name="quantity"),
        CheckConstraint(
            "slice between 0 and slices and (slice = 0) = (starts_at is null)", name="slice"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    exchange: Mapped[Exchange] = mapped_column(text_enum(Exchange, name="exchange"))
    symbol: Mapped[Symbol]
    shard: Mapped[int] = mapped_column(SmallInteger)
    signal_id: Mapped[UUID | None] = mapped_column(ForeignKey("signals.id"))
    command_id: Mapped[UUID | None] = mapped_column(ForeignKey("commands.id"))
    deployment_id: Mapped[UUID | None] = mapped_column(ForeignKey("deployments.id"))
    leg: Mapped[Leg] = mapped_column(text_enum(Leg, name="leg"))
    side: Mapped[Side] = mapped_column(text_enum(Side, name="side"))
    order_type: Mapped[OrderType] = mapped_column(text_enum(OrderType, name="order_type"))
    time_in_force: Mapped[TimeInForce | None] = mapped_column(
        text_enum(TimeInForce, name="time_in_force")
    )
    quantity: Mapped[Quantity | None]
    price: Mapped[Price | None]
    trigger_price: Mapped[Price | None]
    stop_loss: Mapped[Price | None]
    take_profit: Mapped[Price | None]
    leverage: Mapped[int | None]
    reduce_only: Mapped[bool]
    close_position: Mapped[bool]
    reserved_notional: Mapped[Amount]
    deadline: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    expiry_told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    replaces: Mapped[UUID | None] = mapped_column(ForeignKey("intents.id"))
    slice: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    slices: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    starts_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    state: Mapped[IntentState] = mapped_column(text_enum(IntentState, name="state"))
    attempt_count: Mapped[int] = mapped_column(SmallInteger)


class Attempt(CreatedAt, Base):
    """One order. All times but `exchange_updated_at` are wall time."""

    __tablename__ = "attempts"
    __table_args__ = (
        UniqueConstraint("intent_id", "number"),
        Index(
            "ix_attempts_live",
            "shard",
            "state",
            postgresql_where=text(
                "state in ('created','sending','unknown','quarantined','open','partially_filled')"
            ),
        ),
        Index("ix_attempts_account_created", "account_id", "created_at"),
        Index("ix_attempts_exchange_order", "account_id", "exchange_order_id"),
        Index(
            "ix_attempts_triggered",
            "account_id",
            "triggered_order_id",
            postgresql_where=text("triggered_order_id is not null"),
        ),
    )

    id: Mapped[RowId]
    intent_id: Mapped[UUID] = mapped_column(ForeignKey("intents.id"))
    number: Mapped[int] = mapped_column(SmallInteger)
    client_order_id: Mapped[str] = mapped_column(String(36), unique=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[AttemptState] = mapped_column(text_enum(AttemptState, name="state"))
    timestamp_ms: Mapped[Milliseconds | None]
    receive_window_ms: Mapped[int | None]
    epoch: Mapped[Milliseconds | None]
    http_status: Mapped[int | None] = mapped_column(SmallInteger)
    exchange_code: Mapped[str] = mapped_column(String(32), server_default="")
    evidence: Mapped[str] = mapped_column(String, server_default="")
    exchange_order_id: Mapped[str | None] = mapped_column(String(64))
    triggered_order_id: Mapped[str | None] = mapped_column(String(64))
    filled_quantity: Mapped[Quantity] = mapped_column(server_default=text("0"))
    average_price: Mapped[Price | None]
    cancel_requested_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cancel_cause: Mapped[str] = mapped_column(String(32), server_default="")
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looked_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    exchange_updated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Amendment(CreatedAt, Base):
    """One change of an open order, written before it is sent and sent at most once."""

    __tablename__ = "amendments"
    __table_args__ = (
        Index("ix_amendments_attempt", "attempt_id"),
        Index(
            "uq_amendments_live",
            "attempt_id",
            unique=True,
            postgresql_where=text("state in ('created', 'sending', 'unknown', 'replacing')"),
        ),
        CheckConstraint("quantity > 0 AND price > 0", name="wanted"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    attempt_id: Mapped[UUID] = mapped_column(ForeignKey("attempts.id"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    command_id: Mapped[UUID | None] = mapped_column(ForeignKey("commands.id"))
    price: Mapped[Price]
    quantity: Mapped[Quantity]
    former_price: Mapped[Price]
    former_quantity: Mapped[Quantity]
    state: Mapped[AmendmentState] = mapped_column(text_enum(AmendmentState, name="state"))
    timestamp_ms: Mapped[Milliseconds | None]
    receive_window_ms: Mapped[int | None]
    epoch: Mapped[Milliseconds | None]
    exchange_code: Mapped[str] = mapped_column(String(32), server_default="")
    evidence: Mapped[str] = mapped_column(String, server_default="")
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Fill(Base):
    """One trade of an attempt or of an attached leg; both are null for a trade that was not ours."""

    __tablename__ = "fills"
    __table_args__ = (
        UniqueConstraint("exchange", "account_id", "symbol", "exchange_trade_id"),
        Index("ix_fills_account_traded", "account_id", "traded_at"),
        Index("ix_fills_attempt", "attempt_id"),
        Index("ix_fills_not_ours", "received_at", postgresql_where=text("attempt_id is null")),
        CheckConstraint("quantity > 0", name="quantity"),
    )

    id: Mapped[RowId]
    exchange: Mapped[Exchange] = mapped_column(text_enum(Exchange, name="exchange"))
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    symbol: Mapped[Symbol]
    exchange_trade_id: Mapped[str] = mapped_column(String(64))
    exchange_order_id: Mapped[str] = mapped_column(String(64))
    attempt_id: Mapped[UUID | None] = mapped_column(ForeignKey("attempts.id"))
    leg_id: Mapped[UUID | None] = mapped_column(ForeignKey("protection_legs.id"))
    side: Mapped[Side] = mapped_column(text_enum(Side, name="side"))
    quantity: Mapped[Quantity]
    price: Mapped[Price]
    commission: Mapped[Amount]
    commission_asset: Mapped[str] = mapped_column(String(20))
    realised_pnl: Mapped[Amount | None]
    is_maker: Mapped[bool]
    source: Mapped[str] = mapped_column(String(12))
    traded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    received_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))


class FillCursor(Base):
    """How far the fills of an account and symbol have been read from the exchange."""

    __tablename__ = "fill_cursors"

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    cursor: Mapped[str] = mapped_column(String)
    read_at: Mapped[datetime] = mapped_column(UtcDateTime)
