"""People: customers and staff are one table; roles add up."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary, SmallInteger, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.users import RiskProfile, UserStatus
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import Label, UtcDateTime, text_enum


class User(CreatedAt, Base):
    """A person who signs in, or a customer whom the desk entered.

    Attributes:
        access_until: from then on nothing of an auditor's is good: no session, key or token.
    """

    __tablename__ = "users"
    __table_args__ = (
        Index("uq_users_email_lower", text("lower(email)"), unique=True),
        CheckConstraint(
            "NOT 'auditor' = ANY(roles) OR (access_until IS NOT NULL AND cardinality(roles) = 1)",
            name="auditor_has_an_end",
        ),
    )

    id: Mapped[RowId]
    email: Mapped[str] = mapped_column(String(254))
    name: Mapped[Label]
    status: Mapped[UserStatus] = mapped_column(text_enum(UserStatus, name="status"))
    status_reason: Mapped[str] = mapped_column(String, server_default="")
    risk_profile: Mapped[RiskProfile] = mapped_column(text_enum(RiskProfile, name="risk_profile"))
    risk_profile_wish: Mapped[RiskProfile | None] = mapped_column(
        text_enum(RiskProfile, name="risk_profile_wish")
    )
    wish_justification: Mapped[str] = mapped_column(String, server_default="")
    roles: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    password_hash: Mapped[str | None] = mapped_column(String(256))
    totp_box: Mapped[bytes | None] = mapped_column(LargeBinary)
    totp_last_step: Mapped[int | None]
    totp_wrong: Mapped[int] = mapped_column(SmallInteger, server_default="0")
    totp_locked_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    token_version: Mapped[int] = mapped_column(server_default="0")
    access_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_demo: Mapped[bool] = mapped_column(server_default=text("false"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    terms_version: Mapped[str] = mapped_column(String(64), server_default="")
    terms_agreed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecoveryCode(CreatedAt, Base):
    """A code that stands in for the app's once; only its hash is kept."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(LargeBinary, primary_key=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
