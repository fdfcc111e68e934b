"""Spans in which what our database says of unsent orders is not believed."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import UtcDateTime


class ColdMode(Base):
    """One span; at most one is not left yet. Every order is looked up before it leaves."""

    __tablename__ = "cold_modes"
    __table_args__ = (
        Index(
            "uq_cold_modes_active",
            text("(left_at IS NULL)"),
            unique=True,
            postgresql_where=text("left_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    reason: Mapped[str] = mapped_column(String)
    entered_at: Mapped[datetime] = mapped_column(
        UtcDateTime, server_default=text("clock_timestamp()")
    )
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    left_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    left_reason: Mapped[str] = mapped_column(String, server_default="")
