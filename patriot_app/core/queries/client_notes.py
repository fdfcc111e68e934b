"""What the desk noted about a client."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import desk_reading

NOTES_MAX = 100
_OF_CLIENT = text(
    "SELECT id, author, text, created_at FROM client_notes WHERE client_id = :client_id"
    " ORDER BY created_at DESC, id DESC LIMIT :most"
)


@dataclass(frozen=True, slots=True)
class NoteView:
    """One note."""

    id: UUID
    author: str
    text: str
    created_at: datetime


async def of_client(actor: Actor, client_id: UUID) -> tuple[NoteView, ...]:
    """Return the newest notes about a client; only the desk sees them."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_OF_CLIENT, {"client_id": client_id, "most": NOTES_MAX})
        return tuple(NoteView(*row) for row in rows)
