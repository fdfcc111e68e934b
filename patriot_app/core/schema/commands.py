"""Acts asked of the daemon."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Command(CreatedAt, Base):
    """One command, for the owner of its shard (or for any daemon where shard is null)."""

    __tablename__ = "commands"
    __table_args__ = (
        Index(
            "ix_commands_waiting",
            "shard",
            "created_at",
            postgresql_where=text("status in ('pending', 'claimed')"),
        ),
    )

    id: Mapped[RowId]
    type: Mapped[str] = mapped_column(String(60))
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    shard: Mapped[int | None] = mapped_column(SmallInteger)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("commands.id"), index=True)
    idempotency_key: Mapped[str] = mapped_column(String(120), unique=True)
    status: Mapped[CommandStatus] = mapped_column(text_enum(CommandStatus, name="status"))
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    surface: Mapped[str] = mapped_column(String(20))
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    claimed_by: Mapped[str] = mapped_column(String(60), server_default="")
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    claim_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    completed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    result: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    error: Mapped[str] = mapped_column(String, server_default="")
    request_id: Mapped[str] = mapped_column(String(64), server_default="")
