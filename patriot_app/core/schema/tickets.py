"""Questions that a person answers, and what was written about them."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Identity, Index, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from patriot_app.core.domain.tickets import TicketState
from patriot_app.core.schema.base import Base, CreatedAt, RowId
from patriot_app.core.schema.columns import UtcDateTime, text_enum


class Ticket(CreatedAt, Base):
    """One question of a client.

    Attributes:
        number: what people call it by.
        surface: where it was asked, "bot" or "portal".
        context: what was spoken of in the chat before, as the client saw it.
        asked_at: since when it is the desk's turn; the last message of the client.
    """

    __tablename__ = "tickets"
    __table_args__ = (
        UniqueConstraint("number"),
        Index("ix_tickets_client_id", "client_id", "created_at"),
        Index("ix_tickets_open", "asked_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[RowId]
    number: Mapped[int] = mapped_column(Identity(always=True))
    client_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    state: Mapped[TicketState] = mapped_column(text_enum(TicketState, name="state"))
    subject: Mapped[str] = mapped_column(String(120))
    surface: Mapped[str] = mapped_column(String(20))
    context: Mapped[str] = mapped_column(String, server_default="")
    assignee_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TicketMessage(CreatedAt, Base):
    """One message; it can be neither changed nor taken away.

    Attributes:
        author: the name he had then.
        is_staff: the desk wrote it.
    """

    __tablename__ = "ticket_messages"
    __table_args__ = (Index("ix_ticket_messages_ticket_id", "ticket_id", "id"),)

    id: Mapped[RowId]
    ticket_id: Mapped[UUID] = mapped_column(ForeignKey("tickets.id"))
    author_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    author: Mapped[str] = mapped_column(String(120))
    is_staff: Mapped[bool]
    surface: Mapped[str] = mapped_column(String(20))
    body: Mapped[str] = mapped_column(String)
