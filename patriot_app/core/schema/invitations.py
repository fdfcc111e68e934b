"""Who was asked to register, and the answers that a repeated request gets again."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Json, Label, UtcDateTime


class Invitation(CreatedAt, Base):
    """A link for one person, good once; only the hash of its token is kept.

    Attributes:
        sent_at: when the present link was made; sending again makes another and voids the former.
    """

    __tablename__ = "invitations"
    __table_args__ = (
        Index(
            "uq_invitations_email_open",
            text("lower(email)"),
            unique=True,
            postgresql_where=text("used_at IS NULL AND revoked_at IS NULL"),
        ),
    )

    id: Mapped[RowId]
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[Label]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RegistrationCode(CreatedAt, Base):
    """A short-lived code that stands for an invitation in a chat; only its hash is kept.

    Attributes:
        ticket_hash: of the link that the chat got for it; good for minutes.
    """

    __tablename__ = "registration_codes"

    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("invitations.id"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    telegram_id: Mapped[int | None] = mapped_column(BigInteger)
    ticket_hash: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    ticket_expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class ServedRequest(Base):
    """The answer to a request, so that the same request within a day is not carried out again.

    Attributes:
        scope: who asked for what: one person's request ids are nobody else's.
    """

    __tablename__ = "served_requests"

    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    request_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    answered_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answer: Mapped[Json]
