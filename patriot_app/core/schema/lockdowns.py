"""Accounts whose key was used in an unusual way, what was seen, and what people found out."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.lockdowns import LockdownRule, LockdownState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Lockdown(Base):
    """One lockdown: opened by the daemon, ended by a person."""

    __tablename__ = "lockdowns"
    __table_args__ = (
        Index(
            "uq_lockdowns_open", "account_id", unique=True, postgresql_where=text("state = 'open'")
        ),
        Index("ix_lockdowns_account_opened", "account_id", "opened_at"),
    )

    id: Mapped[RowId]
    account_id: Mapped[UUID] = mapped_column(ForeignKey("accounts.id"))
    rule: Mapped[LockdownRule] = mapped_column(text_enum(LockdownRule, name="rule"))
    facts: Mapped[str] = mapped_column(String)
    state: Mapped[LockdownState] = mapped_column(text_enum(LockdownState, name="state"))
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    resolution: Mapped[str] = mapped_column(String, server_default="")


class LockdownNote(CreatedAt, Base):
    """What somebody found out."""

    __tablename__ = "lockdown_notes"

    id: Mapped[RowId]
    lockdown_id: Mapped[UUID] = mapped_column(ForeignKey("lockdowns.id"), index=True)
    written_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str] = mapped_column(String)
