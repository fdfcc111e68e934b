"""Incidents, whom they woke, and the people to be woken."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import ForeignKey, Index, SmallInteger, String, Time, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.incidents import IncidentKind, IncidentState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class EmergencyContact(CreatedAt, Base):
    """One person on one channel; a removed one stays for the record."""

    __tablename__ = "emergency_contacts"

    id: Mapped[RowId]
    name: Mapped[str] = mapped_column(String(120))
    channel: Mapped[str] = mapped_column(String(20))
    address: Mapped[str] = mapped_column(String(254))
    level: Mapped[int] = mapped_column(SmallInteger)
    hours_from: Mapped[time] = mapped_column(Time)
    hours_to: Mapped[time] = mapped_column(Time)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Incident(Base):
    """One incident.

    Attributes:
        subject_key: tells incidents of a kind apart: the id of a halt, else "".
        round: how often it came back after it was mitigated; pages count per round.
        seen_until: facts up to here belong to it already.
        level_paged: the last level that was woken in this round, 0 for none.
    """

    __tablename__ = "incidents"
    __table_args__ = (
        Index(
            "uq_incidents_live",
            "kind",
            "subject_key",
            unique=True,
            postgresql_where=text("state <> 'closed'"),
        ),
        Index("ix_incidents_opened_at", "opened_at"),
    )

    id: Mapped[RowId]
    kind: Mapped[IncidentKind] = mapped_column(text_enum(IncidentKind, name="kind"))
    subject_key: Mapped[str] = mapped_column(String(80), server_default="")
    state: Mapped[IncidentState] = mapped_column(text_enum(IncidentState, name="state"))
    title: Mapped[str] = mapped_column(String(200))
    detail: Mapped[str] = mapped_column(String, server_default="")
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_until: Mapped[datetime] = mapped_column(UtcDateTime)
    mitigated_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    acknowledged_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    round: Mapped[int] = mapped_column(server_default="1")
    level_paged: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    paged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    root_cause: Mapped[str] = mapped_column(String, server_default="")
    follow_ups: Mapped[str] = mapped_column(String, server_default="")


class IncidentPage(Base):
    """One person was woken once at one level of one round."""

    __tablename__ = "incident_pages"

    incident_id: Mapped[UUID] = mapped_column(ForeignKey("incidents.id"), primary_key=True)
    round: Mapped[int] = mapped_column(primary_key=True)
    level: Mapped[int] = mapped_column(SmallInteger, primary_key=True)
    contact_id: Mapped[UUID] = mapped_column(ForeignKey("emergency_contacts.id"), primary_key=True)
    notification_id: Mapped[UUID] = mapped_column(ForeignKey("notifications.id"))
    paged_at: Mapped[datetime] = mapped_column(UtcDateTime)
