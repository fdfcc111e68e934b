"""What members of the desk noted about a client."""

from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.schema.base import Base, CreatedAt, RowId


class ClientNote(CreatedAt, Base):
    """One note; it can be neither changed nor taken away, only followed by another."""

    __tablename__ = "client_notes"
    __table_args__ = (Index("ix_client_notes_client", "client_id", "created_at"),)

    id: Mapped[RowId]
    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(String(120))
    text: Mapped[str] = mapped_column(String)
