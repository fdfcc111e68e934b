"""Questions that a person answers, with what was written about them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.tickets import SHOWN_MAX
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_COLUMNS = (
    "t.id, t.number, t.state, t.subject, t.surface, t.client_id, c.name, coalesce(a.name, ''),"
    " t.created_at, t.asked_at, t.answered_at, t.closed_at,"
    " (SELECT count(*) FROM ticket_messages AS m WHERE m.ticket_id = t.id)"
)
_SOURCE = "tickets AS t JOIN users AS c ON c.id = t.client_id LEFT JOIN users AS a ON a.id = t.assignee_id"
# What waits longest for the desk stands first, then what was spoken of last.
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    default="t.state <> 'open', CASE WHEN t.state = 'open' THEN t.asked_at END, t.asked_at DESC,"
    " t.id",
    sorts={
        "number": "t.number",
        "state": "t.state",
        "client": "c.name",
        "created_at": "t.created_at",
        "asked_at": "t.asked_at",
    },
    filters={
        "state": "t.state = :state",
        "surface": "t.surface = :surface",
        "client_id": "t.client_id = :client_id",
        "taken": "(t.assignee_id IS NOT NULL) = (:taken = 'yes')",
    },
    search="t.subject ILIKE :pattern OR c.name ILIKE :pattern OR t.number::text = :search",
)
_ONE = text(f"SELECT {_COLUMNS}, t.context FROM {_SOURCE} WHERE t.id = :id")  # noqa: S608
_OWN = text(
    "SELECT t.id, t.number, t.state, t.subject, t.surface, t.client_id, '', '', t.created_at,"
    " t.asked_at, t.answered_at, t.closed_at,"
    " (SELECT count(*) FROM ticket_messages AS m WHERE m.ticket_id = t.id), t.context"
    " FROM tickets AS t WHERE t.client_id = :client_id"
    " ORDER BY t.state = 'closed', t.created_at DESC, t.id LIMIT :most"
)
_MESSAGES = text(
    "SELECT id, author, is_staff, surface, body, created_at FROM ticket_messages"
    " WHERE ticket_id = :id ORDER BY created_at DESC, id DESC LIMIT :most"
)
_WAITING = text("SELECT count(*) FROM tickets WHERE state = 'open'")
OWN_MAX = 50


@dataclass(frozen=True, slots=True)
class TicketView:
    """One question; `asked_at` is since when it is the desk's turn."""

    id: UUID
    number: int
    state: str
    subject: str
    surface: str
    client_id: UUID
    client: str
    assignee: str
    created_at: datetime
    asked_at: datetime
    answered_at: datetime | None
    closed_at: datetime | None
    messages: int


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message."""

    id: UUID
    author: str
    is_staff: bool
    surface: str
    body: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Conversation:
    """A question whole: what was spoken of before, and the messages, the oldest first."""

    ticket: TicketView
    context: str
    messages: tuple[MessageView, ...]


async def page(actor: Actor, request: PageRequest) -> Page[TicketView]:
    """Return one page of all clients' questions, those that wait longest first.

    Filters: state, surface, client_id, taken ("yes", "no"). Search: subject, client, number.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(TicketView, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def conversation(actor: Actor, ticket_id: UUID) -> Conversation:
    """Return a question with its messages, for the desk.

    Raises:
        NotFound: there is none, or the actor is no member of the desk.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_ONE, {"id": ticket_id})).one_or_none()
        if row is None:
            raise NotFound(f"There is no ticket {ticket_id}")
        found = (await session.execute(_MESSAGES, {"id": ticket_id, "most": SHOWN_MAX})).all()
    return _conversation(tuple(row), tuple(tuple(one) for one in found))


async def own(actor: Actor) -> tuple[TicketView, ...]:
    """Return the actor's own questions, those without an end first."""
    async with reading(actor) as session:
        found = await session.execute(_OWN, {"client_id": actor.user_id, "most": OWN_MAX})
        return tuple(TicketView(*tuple(row)[:-1]) for row in found)


async def own_conversation(actor: Actor, ticket_id: UUID) -> Conversation:
    """Return one of the actor's own questions with its messages.

    Raises:
        NotFound: it is not his.
    """
    async with reading(actor) as session:
        found = await session.execute(_OWN, {"client_id": actor.user_id, "most": OWN_MAX})
        row = next((one for one in found if one.id == ticket_id), None)
        if row is None:
            raise NotFound(f"There is no ticket {ticket_id}")
        said = (await session.execute(_MESSAGES, {"id": ticket_id, "most": SHOWN_MAX})).all()
    return _conversation(tuple(row), tuple(tuple(one) for one in said))


async def count_waiting(actor: Actor) -> int:
    """Return how many questions wait for the desk."""
    async with desk_reading(actor) as session:
        return int((await session.execute(_WAITING)).scalar_one())


def _conversation(row: tuple[Any, ...], newest: tuple[tuple[Any, ...], ...]) -> Conversation:
    messages = tuple(MessageView(*one) for one in reversed(newest))
    return Conversation(ticket=TicketView(*row[:-1]), context=row[-1], messages=messages)
