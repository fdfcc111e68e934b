"""Endpoints of the desk's programs and how their calls went."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, fetch

_TABLE = Table(
    columns="w.id, w.name, w.url, array_to_string(w.kinds, ' '), w.status, w.last_at,"
    " w.last_result, w.is_last_taken, w.failing_since, w.secret_at, w.created_at,"
    " (SELECT count(*) FROM notifications AS n WHERE n.webhook_id = w.id"
    "   AND n.sent_at IS NULL AND n.given_up_at IS NULL),"
    " (SELECT count(*) FROM notifications AS n WHERE n.webhook_id = w.id"
    "   AND n.given_up_at IS NOT NULL)",
    source="webhooks AS w",
    sorts={"name": "w.name", "last_at": "w.last_at", "created_at": "w.created_at"},
    filters={"status": "w.status = :status"},
    search="w.name ILIKE :pattern OR w.url ILIKE :pattern OR w.last_result ILIKE :pattern",
    default="w.created_at DESC, w.id DESC",
    always="w.status <> 'deleted'",
)
_NAME = text("SELECT name FROM webhooks WHERE id = :id AND status <> 'deleted'")


@dataclass(frozen=True, slots=True)
class WebhookView:
    """One endpoint.

    Attributes:
        kinds: names of the classes that it is told, with blanks between.
        failing_since: nothing was taken since; None if the last call was.
        waiting, given_up: calls; given up ones can be sent again from the delivery ledger.
    """

    id: UUID
    name: str
    url: str
    kinds: str
    status: str
    last_at: datetime | None
    last_result: str
    is_last_taken: bool
    failing_since: datetime | None
    secret_at: datetime
    created_at: datetime
    waiting: int
    given_up: int


async def page(actor: Actor, request: PageRequest) -> Page[WebhookView]:
    """Return one page of endpoints, the newest first. Filter: status. Search: name, address."""
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(WebhookView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def name_of(actor: Actor, webhook_id: UUID) -> str:
    """Return how an endpoint is called.

    Raises:
        NotFound: there is none, or it was deleted.
    """
    async with reading(actor) as session:
        found = await session.execute(_NAME, {"id": webhook_id})
        name = found.scalar_one_or_none()
    if name is None:
        raise NotFound("There is no such webhook")
    return str(name)
