"""Who gets performance reports, and the reports that were made."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Date, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.report_schedule import Cadence, ReportFormat, ReportSubject
from patriot_app.core.schema.base import Base, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class ReportSubscription(Base):
    """One person gets one subject's report; the same is not kept twice at a time."""

    __tablename__ = "report_subscriptions"
    __table_args__ = (
        Index(
            "uq_report_subscriptions_current",
            "recipient_id",
            "subject_kind",
            "subject_id",
            "cadence",
            "format",
            unique=True,
            postgresql_where=text("ended_at is null"),
        ),
    )

    id: Mapped[RowId]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    subject_kind: Mapped[ReportSubject] = mapped_column(
        text_enum(ReportSubject, name="subject_kind")
    )
    subject_id: Mapped[UUID]
    cadence: Mapped[Cadence] = mapped_column(text_enum(Cadence, name="cadence"))
    format: Mapped[ReportFormat] = mapped_column(text_enum(ReportFormat, name="format"))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Report(Base):
    """A report that its recipient was told of; a period of a subscription is told once.

    The file is printed when somebody asks, from days that are over.
    """

    __tablename__ = "reports"
    __table_args__ = (
        Index("uq_reports_period", "subscription_id", "first_day", unique=True),
        Index("ix_reports_made_at", "made_at"),
    )

    id: Mapped[RowId]
    subscription_id: Mapped[UUID] = mapped_column(ForeignKey("report_subscriptions.id"))
    first_day: Mapped[date] = mapped_column(Date)
    until_day: Mapped[date] = mapped_column(Date)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
