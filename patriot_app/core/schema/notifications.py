"""The notification outbox."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.events import Severity
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Notification(CreatedAt, Base):
    """One message for one person on one channel: a user, somebody who is to be woken or invited.

    Attributes:
        is_secret: its body lets somebody in; it is wiped once the message has left or never will.
        attempts: how often it was taken to be sent; only channels that leave the house count.
        due_at: not to be taken before.
        given_up_at: when it was decided that it will never be sent; `error` says why.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "user_id", "channel"),
        CheckConstraint(
            "num_nonnulls(user_id, contact_id, invitation_id, email_change_id) = 1",
            name="recipient",
        ),
        Index("ix_notifications_user", "user_id", "created_at"),
        Index(
            "ix_notifications_unsent",
            "due_at",
            postgresql_where=text("channel = 'email' AND sent_at IS NULL AND given_up_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    event_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("emergency_contacts.id"))
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id"))
    email_change_id: Mapped[UUID | None] = mapped_column(ForeignKey("email_changes.id"))
    is_secret: Mapped[bool] = mapped_column(server_default=text("false"))
    channel: Mapped[str] = mapped_column(String(20))
    severity: Mapped[Severity] = mapped_column(text_enum(Severity, name="severity"))
    title: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(String)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    read_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int] = mapped_column(server_default="0")
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())
    error: Mapped[str] = mapped_column(String, server_default="")
    given_up_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
