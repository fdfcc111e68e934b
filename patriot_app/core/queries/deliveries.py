"""The delivery ledger: what left the house for whom, on which channel, and what became of it."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, fetch

_STATE = """
    CASE WHEN n.sent_at IS NOT NULL AND n.sent_as IS NOT NULL THEN 'bundled'
         WHEN n.sent_at IS NOT NULL THEN 'sent'
         WHEN n.is_unsure THEN 'unsure'
         WHEN n.given_up_at IS NOT NULL THEN 'given_up'
         WHEN n.sending_at IS NOT NULL THEN 'sending'
         WHEN n.held_for IN ('quiet', 'digest') THEN 'held'
         WHEN n.attempts > 0 THEN 'retrying' ELSE 'waiting' END
"""
_TABLE = Table(
    columns="n.id, coalesce(u.name, w.name, ''), n.channel, n.kind, n.severity, n.title,"
    f" {_STATE}, n.attempts, n.error, n.created_at, n.due_at, coalesce(n.sent_at, n.given_up_at),"
    " n.is_secret",
    source="notifications AS n LEFT JOIN users AS u ON u.id = n.user_id"
    " LEFT JOIN webhooks AS w ON w.id = n.webhook_id",
    sorts={
        "created_at": "n.created_at",
        "attempts": "n.attempts",
        "name": "coalesce(u.name, w.name)",
        "severity": "n.severity",
    },
    filters={
        "channel": "n.channel = :channel",
        "state": f"{_STATE} = :state",
        "kind": "n.kind = :kind",
    },
    search="n.title ILIKE :pattern OR u.name ILIKE :pattern OR w.name ILIKE :pattern"
    " OR n.error ILIKE :pattern",
    default="n.created_at DESC, n.id DESC",
    always="n.channel <> 'console'",
)
_FIGURES = text(
    f"SELECT count(*) FILTER (WHERE n.sent_at IS NULL AND n.given_up_at IS NULL"  # noqa: S608 - ours
    f" AND {_STATE} <> 'held'), count(*) FILTER (WHERE {_STATE} = 'held'),"
    " count(*) FILTER (WHERE n.sent_at > now() - interval '1 day'),"
    " count(*) FILTER (WHERE n.given_up_at > now() - interval '1 day')"
    " FROM notifications AS n WHERE n.channel <> 'console'"
    " AND (n.created_at > now() - interval '8 days' OR (n.sent_at IS NULL AND n.given_up_at IS NULL))"
)


_ALARMS = text("SELECT channel, since FROM delivery_alarms ORDER BY channel")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message on its way out of the house.

    Attributes:
        name: of the person or the webhook; "" for somebody who is only invited or woken.
        state: waiting, held, sending, retrying, sent, bundled, unsure, given_up.
        ended_at: when it was sent or given up.
        is_secret: its text was wiped and cannot be sent again.
    """

    id: UUID
    name: str
    channel: str
    kind: str
    severity: str
    title: str
    state: str
    attempts: int
    error: str
    created_at: datetime
    due_at: datetime
    ended_at: datetime | None
    is_secret: bool


@dataclass(frozen=True, slots=True)
class DeliveryFigures:
    """How many wait, are held for a night or digest, left and were given up within a day."""

    waiting: int
    held: int
    sent: int
    given_up: int


async def page(actor: Actor, request: PageRequest) -> Page[Delivery]:
    """Return one page of what was and is to be sent, newest first.

    Filters: channel, state, kind. Search: title, person, error.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(Delivery(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def figures(actor: Actor) -> DeliveryFigures:
    """Return the figures of the last day."""
    async with reading(actor) as session:
        return DeliveryFigures(*(await session.execute(_FIGURES)).one())


async def stopped(actor: Actor) -> list[tuple[str, datetime]]:
    """Return the channels by which nothing leaves, and since when."""
    async with reading(actor) as session:
        return [(row.channel, row.since) for row in await session.execute(_ALARMS)]
