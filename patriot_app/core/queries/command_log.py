"""The commands that people gave: who asked for what, and how far the daemon is."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from patriot_app.core.domain.commands import CommandStatus
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

_TABLE = Table(
    columns=(
        "c.id, c.type, c.status, c.payload, coalesce(u.name, ''), c.surface, c.shard, c.claimed_by,"
        " c.error, c.created_at, c.completed_at"
    ),
    source="commands AS c LEFT JOIN users AS u ON u.id = c.issued_by",
    sorts={
        "created_at": "c.created_at",
        "type": "c.type",
        "status": "c.status",
        "issued_by": "u.name",
    },
    filters={"status": "c.status = :status", "type": "c.type = :type"},
    search="c.type ILIKE :pattern OR u.name ILIKE :pattern OR c.id::text = :search",
    default="c.created_at DESC, c.id DESC",
)


@dataclass(frozen=True, slots=True)
class CommandLine:
    """One command; `issued_by` is "" where the daemon asked itself."""

    id: UUID
    type: str
    status: CommandStatus
    payload: Mapping[str, Any]
    issued_by: str
    surface: str
    shard: int | None
    claimed_by: str
    error: str
    created_at: datetime
    completed_at: datetime | None


async def page(actor: Actor, request: PageRequest) -> Page[CommandLine]:
    """Return one page of commands, newest first.

    Filters: status, type. Search: type, person, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(
        build(CommandLine, (*row[:2], CommandStatus(row.status), *row[3:])) for row in rows
    )
    return Page(items=items, total=total, page=request.page, size=request.limit)
