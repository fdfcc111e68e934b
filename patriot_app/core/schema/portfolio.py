"""Equity over time: one a minute for 30 days, hourly for 2 years, daily for ever."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.boundary_values import ValueSource
from patriot_app.core.domain.equity import SnapshotKind, SnapshotResolution
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Amount, Text, UtcDateTime, text_enum


class EquitySnapshot(Base):
    """What an account was worth at a market time."""

    __tablename__ = "equity_snapshots"
    __table_args__ = (Index("ix_equity_snapshots_taken_at", "resolution", "taken_at"),)

    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    resolution: Mapped[SnapshotResolution] = mapped_column(
        text_enum(SnapshotResolution, name="resolution"), primary_key=True
    )
    taken_at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True)
    kind: Mapped[SnapshotKind] = mapped_column(text_enum(SnapshotKind, name="kind"))
    equity: Mapped[Amount]
    wallet_balance: Mapped[Amount]
    unrealised_pnl: Mapped[Amount]
    available_balance: Mapped[Amount]
    initial_margin: Mapped[Amount]
    net_flows: Mapped[Amount]
    """External flows since the account was first seen, for the time-weighted return."""


class AccountValuation(CreatedAt, Base):
    """Open profit at a moment without a snapshot, such as the end of a month; never changed."""

    __tablename__ = "account_valuations"
    __table_args__ = (UniqueConstraint("account_id", "moment"),)

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    moment: Mapped[datetime] = mapped_column(UtcDateTime)
    unrealised_pnl: Mapped[Amount]
    source: Mapped[ValueSource] = mapped_column(text_enum(ValueSource, name="source"))
    evidence: Mapped[Text]
