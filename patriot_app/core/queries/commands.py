"""What became of the operators' commands."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import reading


@dataclass(frozen=True, slots=True)
class CommandView:
    """One command; `error` is empty unless it failed."""

    id: UUID
    type: str
    status: CommandStatus
    error: str
    created_at: datetime


_GET = text("SELECT id, type, status, error, created_at FROM commands WHERE id = :id")


async def get(actor: Actor, command_id: UUID) -> CommandView:
    """Return one command.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        row = (await session.execute(_GET, {"id": command_id})).one_or_none()
    if row is None:
        raise NotFound(f"No command {command_id}")
    return CommandView(
        id=row.id,
        type=row.type,
        status=CommandStatus(row.status),
        error=row.error,
        created_at=row.created_at,
    )
