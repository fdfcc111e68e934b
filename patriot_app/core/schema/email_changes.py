"""Addresses that people want to have, until they prove that mail reaches them there."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime


class EmailChange(CreatedAt, Base):
    """A wish for another address; its link was sent there and is kept by nobody.

    Attributes:
        used_at: confirmed, or void because another was asked for.
    """

    __tablename__ = "email_changes"

    id: Mapped[RowId]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    email: Mapped[str] = mapped_column(String(254))
    token_hash: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
