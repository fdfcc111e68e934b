"""Who recommended the desk to whom."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, CreatedAt


class ReferralCode(CreatedAt, Base):
    """A customer's own code; he has one, for ever."""

    __tablename__ = "referral_codes"

    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(16), unique=True)


class Referral(CreatedAt, Base):
    """A person who registered with another's code; once each, and never changed."""

    __tablename__ = "referrals"
    __table_args__ = (CheckConstraint("client_id <> referrer_id", name="of_another"),)

    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    referrer_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code: Mapped[str] = mapped_column(String(16))
