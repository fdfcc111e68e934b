"""Limits by level, and halts."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.halts import ClearingState, HaltScope, TradingState
from patriot_app.core.domain.risk_limits import BreachReach, LimitName, LimitScope, Response
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Quantity, Symbol, UtcDateTime, text_enum


class RiskLimit(CreatedAt, Base):
    """A limit in force; replacing it ends the old row and adds a new one.

    An override expires by itself and stands beside the limit that it replaces for a while.
    """

    __tablename__ = "risk_limits"
    __table_args__ = (
        Index(
            "uq_risk_limits_current",
            "scope",
            "scope_id",
            "name",
            "is_override",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        CheckConstraint("value > 0", name="value"),
        CheckConstraint("is_override = (expires_at is not null)", name="expires_at"),
    )

    id: Mapped[RowId]
    scope: Mapped[LimitScope] = mapped_column(text_enum(LimitScope, name="scope"))
    scope_id: Mapped[str] = mapped_column(String(40), server_default="")
    name: Mapped[LimitName] = mapped_column(text_enum(LimitName, name="name"))
    value: Mapped[Amount]
    reason: Mapped[str] = mapped_column(String, server_default="")
    set_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_override: Mapped[bool] = mapped_column(server_default=text("false"))
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    action: Mapped[Response | None] = mapped_column(text_enum(Response, name="action"))
    reach: Mapped[BreachReach] = mapped_column(
        text_enum(BreachReach, name="reach"), server_default=BreachReach.ACCOUNT.value
    )


class Halt(Base):
    """A stop of trading; it binds at commit, because sending reads it in its own statement.

    A proposal to lower it stands on the halt itself until a second person carries it out.
    """

    __tablename__ = "halts"
    __table_args__ = (
        CheckConstraint("level between 1 and 4", name="level"),
        CheckConstraint(
            "is_solo or lowering_by is null or lifted_by is null or lowering_by <> lifted_by",
            name="two_people",
        ),
        Index("ix_halts_active", "scope", "scope_id", postgresql_where=text("lifted_at is null")),
    )

    id: Mapped[RowId]
    scope: Mapped[HaltScope] = mapped_column(text_enum(HaltScope, name="scope"))
    scope_id: Mapped[str] = mapped_column(String(40), server_default="")
    state: Mapped[TradingState] = mapped_column(text_enum(TradingState, name="state"))
    level: Mapped[int] = mapped_column(SmallInteger, server_default=text("2"))
    reason: Mapped[str] = mapped_column(String)
    raised_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    raised_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lifted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lift_reason: Mapped[str] = mapped_column(String, server_default="")
    lowering_to: Mapped[int | None] = mapped_column(SmallInteger)
    lowering_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    lowering_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lowering_reason: Mapped[str] = mapped_column(String, server_default="")
    is_solo: Mapped[bool] = mapped_column(server_default=text("false"))


class HaltReduction(Base):
    """What a halt leaves of a position at most: fixed when it is raised, so it is halved once."""

    __tablename__ = "halt_reductions"
    __table_args__ = (CheckConstraint("quantity_kept > 0", name="quantity_kept"),)

    halt_id: Mapped[UUID] = mapped_column(ForeignKey("halts.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    symbol: Mapped[Symbol] = mapped_column(primary_key=True)
    quantity_kept: Mapped[Quantity]


class HaltAccount(Base):
    """One account that a halt clears up, and how far that has come."""

    __tablename__ = "halt_accounts"
    __table_args__ = (
        Index(
            "ix_halt_accounts_due",
            "shard",
            "due_at",
            postgresql_where=text("state in ('waiting', 'running')"),
        ),
    )

    halt_id: Mapped[UUID] = mapped_column(ForeignKey("halts.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    shard: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[ClearingState] = mapped_column(text_enum(ClearingState, name="state"))
    notional: Mapped[Amount] = mapped_column(server_default=text("0"))
    tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[str] = mapped_column(String, server_default="")
    error: Mapped[str] = mapped_column(String, server_default="")
