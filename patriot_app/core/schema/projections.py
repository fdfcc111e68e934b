"""Read models that come from the event log alone, and how far each of them is."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, Index, SmallInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.projections import ProjectionState
from patriot_app.core.schema.base import Base
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Projection(Base):
    """One read model; `events` have been read for it so far."""

    __tablename__ = "projections"

    name: Mapped[str] = mapped_column(String(60), primary_key=True)
    version: Mapped[int] = mapped_column(SmallInteger)
    state: Mapped[ProjectionState] = mapped_column(text_enum(ProjectionState, name="state"))
    events: Mapped[int] = mapped_column(BigInteger)
    error: Mapped[str] = mapped_column(String, server_default="")
    advanced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    rebuilt_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ProjectionPosition(Base):
    """The newest event of a stream that a read model has taken in."""

    __tablename__ = "projection_positions"

    projection: Mapped[str] = mapped_column(String(60), primary_key=True)
    stream: Mapped[str] = mapped_column(String(80), primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)


class ActivityDay(Base):
    """How many events of a kind a day brought through a surface; days are UTC."""

    __tablename__ = "activity_days"

    day: Mapped[date] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(60), primary_key=True)
    surface: Mapped[str] = mapped_column(String(20), primary_key=True)
    events: Mapped[int] = mapped_column(BigInteger)


class StatusSpan(Base):
    """A change of the status of a person, an account or a deployment; it holds until the next."""

    __tablename__ = "status_spans"
    __table_args__ = (Index("ix_status_spans_object", "object_id", "since"),)

    event_id: Mapped[UUID] = mapped_column(primary_key=True)
    object_kind: Mapped[str] = mapped_column(String(20))
    object_id: Mapped[UUID]
    previous: Mapped[str] = mapped_column(String(40))
    status: Mapped[str] = mapped_column(String(40))
    reason: Mapped[str]
    actor: Mapped[str] = mapped_column(String(120))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
