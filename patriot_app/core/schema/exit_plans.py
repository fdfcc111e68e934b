"""How open positions are to be left, and what of it is done."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.exit_plans import PlanState, StepState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Json, Price, Symbol, UtcDateTime, text_enum


class ExitPlan(CreatedAt, Base):
    """The plan of one position from its beginning to its end; its rules are those of that moment.

    `best_price` is the most favourable mark price that was worth recording.
    """

    __tablename__ = "exit_plans"
    __table_args__ = (
        Index(
            "uq_exit_plans_position",
            "account_id",
            "symbol",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
        Index("ix_exit_plans_account", "account_id", "created_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    symbol: Mapped[Symbol]
    version_id: Mapped[UUID] = mapped_column(ForeignKey("strategy_versions.id"))
    rules: Mapped[Json]
    state: Mapped[PlanState] = mapped_column(text_enum(PlanState, name="state"))
    first_stop: Mapped[Price]
    best_price: Mapped[Price]
    trailing_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    break_even_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    stop_moves: Mapped[int] = mapped_column(server_default=text("0"))
    partial: Mapped[StepState] = mapped_column(text_enum(StepState, name="partial"))
    partial_tries: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    partial_intent_id: Mapped[UUID | None] = mapped_column(ForeignKey("intents.id"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
