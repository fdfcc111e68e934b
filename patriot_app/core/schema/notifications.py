"""The notification outbox, and what each person chose to hear."""

from datetime import datetime, time
from uuid import UUID

from sqlalchemy import (
    CheckConstraint,
    ForeignKey,
    Index,
    SmallInteger,
    String,
    Time,
    UniqueConstraint,
    func,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_preferences import (
    Channel,
    Choice,
    Digest,
    HeldFor,
    Language,
    NoticeKind,
    Outlet,
)
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Notification(CreatedAt, Base):
    """One message on one channel: for a user, for somebody who is to be woken or invited, or for a
    program of the desk.

    Attributes:
        is_secret: its body lets somebody in; it is wiped once the message has left or never will.
        attempts: how often it was taken to be sent; only channels that leave the house count.
        due_at: not to be taken before.
        given_up_at: when it was decided that it will never be sent; `error` says why.
        about: what it leads to, such as "account:<id>".
        group_key: what waits together under one key goes out as one message.
        priority: 0 goes before everything else.
        is_silent: without a sound or urgency; in the web: never counted as unread.
        held_for: why it waits, once that was judged by the person's settings.
        sending_at: noted before the send where a repetition could not be recognised.
        is_unsure: it may have arrived; such a message is not sent again.
        sent_as: the message that carried it along, if it went out in a bundle.
    """

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("event_id", "user_id", "channel"),
        UniqueConstraint("event_id", "webhook_id"),
        CheckConstraint(
            "num_nonnulls(user_id, contact_id, invitation_id, email_change_id, webhook_id) = 1",
            name="recipient",
        ),
        Index("ix_notifications_user", "user_id", "created_at"),
        Index(
            "ix_notifications_unsent",
            "due_at",
            postgresql_where=text("channel = 'email' AND sent_at IS NULL AND given_up_at IS NULL"),
        ),
        Index(
            "ix_notifications_unsent_telegram",
            "priority",
            "created_at",
            "event_id",
            postgresql_where=text(
                "channel = 'telegram' AND sent_at IS NULL AND given_up_at IS NULL"
            ),
        ),
        Index(
            "ix_notifications_unsent_webhook",
            "due_at",
            postgresql_where=text(
                "channel = 'webhook' AND sent_at IS NULL AND given_up_at IS NULL"
            ),
        ),
    )

    id: Mapped[RowId]
    event_id: Mapped[UUID]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    contact_id: Mapped[UUID | None] = mapped_column(ForeignKey("emergency_contacts.id"))
    invitation_id: Mapped[UUID | None] = mapped_column(ForeignKey("invitations.id"))
    email_change_id: Mapped[UUID | None] = mapped_column(ForeignKey("email_changes.id"))
    webhook_id: Mapped[UUID | None] = mapped_column(ForeignKey("webhooks.id"))
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
    kind: Mapped[NoticeKind] = mapped_column(
        text_enum(NoticeKind, name="kind"), server_default=NoticeKind.DESK.value
    )
    about: Mapped[str] = mapped_column(String(80), server_default="")
    group_key: Mapped[str] = mapped_column(String(120), server_default="")
    priority: Mapped[int] = mapped_column(SmallInteger, server_default="1")
    is_silent: Mapped[bool] = mapped_column(server_default=text("false"))
    held_for: Mapped[HeldFor] = mapped_column(
        text_enum(HeldFor, name="held_for"), server_default=""
    )
    sending_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_unsure: Mapped[bool] = mapped_column(server_default=text("false"))
    sent_as: Mapped[UUID | None]


class NotificationSettings(Base):
    """One person's settings; who never chose has no row."""

    __tablename__ = "notification_settings"
    __table_args__ = (
        CheckConstraint("(quiet_from IS NULL) = (quiet_until IS NULL)", name="quiet_hours"),
        CheckConstraint("digest_weekday BETWEEN 0 AND 6", name="digest_weekday"),
    )

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    zone: Mapped[str] = mapped_column(String(64), server_default="UTC")
    language: Mapped[Language] = mapped_column(
        text_enum(Language, name="language"), server_default=Language.ENGLISH.value
    )
    quiet_from: Mapped[time | None] = mapped_column(Time)
    quiet_until: Mapped[time | None] = mapped_column(Time)
    digest: Mapped[Digest] = mapped_column(
        text_enum(Digest, name="digest"), server_default=Digest.OFF.value
    )
    digest_at: Mapped[time] = mapped_column(Time, server_default="08:00")
    digest_weekday: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    hides_amounts: Mapped[bool] = mapped_column(server_default=text("false"))
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, server_default=func.now())


class NotificationChoice(Base):
    """What a person chose for one class on one channel; without a row the desk's default holds.

    Attributes:
        choice: None: only muted, otherwise the default.
        muted_until: nothing but what is critical comes before.
    """

    __tablename__ = "notification_choices"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    kind: Mapped[NoticeKind] = mapped_column(text_enum(NoticeKind, name="kind"), primary_key=True)
    channel: Mapped[Channel] = mapped_column(text_enum(Channel, name="channel"), primary_key=True)
    choice: Mapped[Choice | None] = mapped_column(text_enum(Choice, name="choice"))
    muted_until: Mapped[datetime | None] = mapped_column(UtcDateTime)


class DeliveryAlarm(Base):
    """A channel by which nothing leaves though something waits; gone when it leaves again."""

    __tablename__ = "delivery_alarms"

    channel: Mapped[Outlet] = mapped_column(text_enum(Outlet, name="channel"), primary_key=True)
    since: Mapped[datetime] = mapped_column(UtcDateTime)
