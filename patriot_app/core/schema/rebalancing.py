"""What clients asked their accounts to be divided into, and the rebalancings that did it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.allocation_changes import ChangeState
from patriot_app.core.domain.rebalancing import RunState, StepState, Trigger
from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import Json, UtcDateTime, text_enum


class AllocationChange(Base):
    """One wish for other shares of an account; at most one of an account waits.

    Attributes:
        shares, shares_before: by deployment id, fractions as text.
        findings: of the risk check as the person saw it: level, subject, text.
        effective_at: market time of the rebalancing that it waits for.
        outcome: why it was refused.
    """

    __tablename__ = "allocation_changes"
    __table_args__ = (
        Index(
            "uq_allocation_changes_waiting",
            "account_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_allocation_changes_account_id_asked_at", "account_id", "asked_at"),
        CheckConstraint("(state = 'waiting') = (settled_at is null)", name="settled_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    shares: Mapped[Json]
    shares_before: Mapped[Json]
    findings: Mapped[list[dict[str, Any]]] = mapped_column(JSONB)
    state: Mapped[ChangeState] = mapped_column(text_enum(ChangeState, name="state"))
    effective_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    surface: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String, server_default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String, server_default="")


class Rebalancing(Base):
    """One run over all accounts; one runs at a time, and one is made for each slot.

    Attributes:
        due_at: market time; of the slot, or when a person asked for it.
        accounts: that follow a strategy, None until the run has looked.
    """

    __tablename__ = "rebalancings"
    __table_args__ = (
        Index(
            "uq_rebalancings_slot",
            "due_at",
            unique=True,
            postgresql_where=text("trigger = 'schedule'"),
        ),
        Index(
            "uq_rebalancings_running",
            "state",
            unique=True,
            postgresql_where=text("state = 'running'"),
        ),
        CheckConstraint("(state = 'done') = (finished_at is not null)", name="finished_at"),
    )

    id: Mapped[RowId]
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    trigger: Mapped[Trigger] = mapped_column(text_enum(Trigger, name="trigger"))
    state: Mapped[RunState] = mapped_column(text_enum(RunState, name="state"))
    reason: Mapped[str] = mapped_column(String, server_default="")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    accounts: Mapped[int | None]


class RebalancingStep(Base):
    """One account of a run where there was something to look at."""

    __tablename__ = "rebalancing_steps"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("rebalancings.id"), primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    change_id: Mapped[UUID | None] = mapped_column(ForeignKey("allocation_changes.id"))
    state: Mapped[StepState] = mapped_column(text_enum(StepState, name="state"))
    outcome: Mapped[str] = mapped_column(String, server_default="")
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
