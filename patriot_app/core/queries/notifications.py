"""Messages for people."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, fetch

_TABLE = Table(
    columns="n.id, n.event_id, n.kind, n.severity, n.title, n.body, n.about, n.created_at, n.read_at",
    source="notifications AS n",
    sorts={"created_at": "n.created_at", "severity": "n.severity"},
    filters={
        "severity": "n.severity = :severity",
        "kind": "n.kind = :kind",
        "unread": "(n.read_at IS NULL) = (:unread = 'yes')",
    },
    search="n.title ILIKE :pattern OR n.body ILIKE :pattern",
    default="n.created_at DESC, n.id DESC",
    always="n.user_id = :person AND n.channel = 'console'",
)
_UNREAD = text(
    "SELECT count(*) FROM notifications WHERE user_id = :person AND channel = 'console'"
    " AND read_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class NotificationView:
    """One message to the actor.

    Attributes:
        about: what it leads to, such as "account:<id>"; "" if nothing.
    """

    id: UUID
    event_id: UUID
    kind: str
    severity: str
    title: str
    body: str
    about: str
    created_at: datetime
    read_at: datetime | None


async def page(actor: Actor, request: PageRequest) -> Page[NotificationView]:
    """Return one page of the actor's own messages, newest first.

    Filters: severity, kind, unread ("yes" or "no"). Search: title, body.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request, bound={"person": actor.user_id})
    items = tuple(NotificationView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def unread(actor: Actor) -> int:
    """Return how many of the actor's own messages he has not read."""
    async with reading(actor) as session:
        found = await session.execute(_UNREAD, {"person": actor.user_id})
        return int(found.scalar_one())
