"""The append-only, hash-chained event log: audit trail and trigger of notifications.

Rows are written by the database function append_events() alone, which locks the stream heads in
sorted order, numbers the events and chains their hashes.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.events import Severity
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class StreamHead(Base):
    """The newest sequence number and hash of a stream."""

    __tablename__ = "stream_heads"

    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[bytes] = mapped_column(LargeBinary)


class Event(Base):
    """One fact.

    `subject_id` is the object it is about, for timelines; `correlation_id` the request that caused
    it; `origin` the session and address of the person who acted.
    """

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_subject", "subject_id", "recorded_at"),
        Index("ix_events_recorded_at", "recorded_at"),
        Index("ix_events_type", "type", "recorded_at"),
        Index(
            "ix_events_correlation",
            "correlation_id",
            postgresql_where=text("correlation_id <> ''"),
        ),
    )

    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    subject_id: Mapped[UUID | None]
    type: Mapped[str] = mapped_column(String(60))
    version: Mapped[int] = mapped_column(SmallInteger)
    severity: Mapped[Severity] = mapped_column(text_enum(Severity, name="severity"))
    actor_id: Mapped[UUID | None]
    actor: Mapped[str] = mapped_column(String(120))
    surface: Mapped[str] = mapped_column(String(20))
    correlation_id: Mapped[str] = mapped_column(String(64), server_default="")
    recorded_at: Mapped[datetime] = mapped_column(UtcDateTime)
    payload: Mapped[dict[str, Any]] = mapped_column(JSONB)
    previous_hash: Mapped[bytes] = mapped_column(LargeBinary)
    hash: Mapped[bytes] = mapped_column(LargeBinary)
    origin: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
