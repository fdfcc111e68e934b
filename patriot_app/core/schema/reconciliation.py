"""What differs between our books and an exchange, and readings that somebody asked for."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.reconciliation import DiscrepancyKind, DiscrepancyStatus
from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import Json, UtcDateTime, text_enum


class Discrepancy(Base):
    """One difference; the same one found again while it is open is the same row."""

    __tablename__ = "discrepancies"
    __table_args__ = (
        Index(
            "uq_discrepancies_open",
            "account_id",
            "kind",
            "subject",
            unique=True,
            postgresql_where=text("status = 'open'"),
        ),
        Index("ix_discrepancies_account", "account_id", "found_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    shard: Mapped[int] = mapped_column(SmallInteger)
    kind: Mapped[DiscrepancyKind] = mapped_column(text_enum(DiscrepancyKind, name="kind"))
    subject: Mapped[str] = mapped_column(String)
    symbol: Mapped[str] = mapped_column(String(32), server_default="")
    local: Mapped[str] = mapped_column(String)
    reported: Mapped[str] = mapped_column(String)
    cause: Mapped[str] = mapped_column(String(32), server_default="")
    evidence: Mapped[str] = mapped_column(String, server_default="")
    status: Mapped[DiscrepancyStatus] = mapped_column(text_enum(DiscrepancyStatus, name="status"))
    parks: Mapped[bool]
    found_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=text("now()"))
    decision: Mapped[str] = mapped_column(String(16), server_default="")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String, server_default="")
    resolved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SyncRun(Base):
    """One reading of an account; its id is the command's. All times are wall time."""

    __tablename__ = "sync_runs"
    __table_args__ = (Index("ix_sync_runs_account", "account_id", "started_at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    kind: Mapped[str] = mapped_column(String(16))
    state: Mapped[str] = mapped_column(String(16))
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    report: Mapped[Json] = mapped_column(server_default=text("'{}'"))
    error: Mapped[str] = mapped_column(String, server_default="")
