"""What the measurement of accounts' risk found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.breaches import BreachSeverity, BreachState
from patriot_app.core.domain.risk_limits import BreachReach, LimitName, Response
from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import Amount, Json, UtcDateTime, text_enum


class RiskMeasurement(Base):
    """An account's figures; the row of the present quarter of an hour is written over in place.

    `figures` are by limit, in the limit's unit; `book` is the value at risk, if it is known.
    """

    __tablename__ = "risk_measurements"
    __table_args__ = (Index("ix_risk_measurements_quarter", "quarter"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    quarter: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    measured_at: Mapped[datetime] = mapped_column(UtcDateTime)
    score: Mapped[int] = mapped_column(SmallInteger)
    equity: Mapped[Amount | None]
    gross_notional: Mapped[Amount]
    figures: Mapped[Json]
    book: Mapped[dict[str, Any] | None] = mapped_column(JSONB)


class RiskBreach(Base):
    """A measured limit that was passed; one of an account and limit stands at a time.

    `did` says what was done about it at `acted_at`, once; `told_at` is when the staff were told.
    """

    __tablename__ = "risk_breaches"
    __table_args__ = (
        CheckConstraint("(state = 'resolved') = (resolved_at is not null)", name="resolved_at"),
        Index(
            "uq_risk_breaches_standing",
            "account_id",
            "name",
            unique=True,
            postgresql_where=text("state <> 'resolved'"),
        ),
        Index("ix_risk_breaches_opened_at", "opened_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    name: Mapped[LimitName] = mapped_column(text_enum(LimitName, name="name"))
    severity: Mapped[BreachSeverity] = mapped_column(text_enum(BreachSeverity, name="severity"))
    response: Mapped[Response] = mapped_column(text_enum(Response, name="response"))
    state: Mapped[BreachState] = mapped_column(text_enum(BreachState, name="state"))
    value: Mapped[Amount]
    worst: Mapped[Amount]
    limit_value: Mapped[Amount]
    origin: Mapped[str] = mapped_column(String(32))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String, server_default="")
    is_false_alarm: Mapped[bool] = mapped_column(server_default=text("false"))
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reach: Mapped[BreachReach] = mapped_column(
        text_enum(BreachReach, name="reach"), server_default=BreachReach.ACCOUNT.value
    )
    acted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    did: Mapped[str] = mapped_column(String, server_default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RiskBreachHalt(Base):
    """A halt that a breach raised or found raised by another one."""

    __tablename__ = "risk_breach_halts"

    breach_id: Mapped[UUID] = mapped_column(ForeignKey("risk_breaches.id"), primary_key=True)
    halt_id: Mapped[UUID] = mapped_column(ForeignKey("halts.id"), primary_key=True, index=True)
