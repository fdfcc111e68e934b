"""Incidents with what the record says of them, and the people to be woken."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

TIMELINE_MAX = 200
_COLUMNS = (
    "i.id, i.kind, i.state, i.title, i.detail, i.opened_at, i.mitigated_at, i.closed_at,"
    " coalesce(c.name, ''), i.acknowledged_at, coalesce(a.name, ''), i.round, i.level_paged,"
    " i.root_cause, i.follow_ups"
)
_SOURCE = (
    "incidents AS i LEFT JOIN users AS c ON c.id = i.closed_by"
    " LEFT JOIN users AS a ON a.id = i.acknowledged_by"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={"opened_at": "i.opened_at", "kind": "i.kind", "state": "i.state"},
    filters={"state": "i.state = :state", "kind": "i.kind = :kind"},
    search="i.title ILIKE :pattern OR i.detail ILIKE :pattern OR i.root_cause ILIKE :pattern",
    default="i.opened_at DESC, i.id DESC",
)
# What is told of the incident itself, and what was grave or touched its halt while it lasted.
_TIMELINE = text(
    """
    SELECT e.id, e.type, e.severity, e.actor, e.surface, e.stream, e.recorded_at, e.payload
      FROM events AS e JOIN incidents AS i ON i.id = :id
     WHERE e.subject_id = i.id
        OR (e.recorded_at BETWEEN i.opened_at - interval '5 seconds'
                AND coalesce(i.mitigated_at, i.closed_at, now()) + interval '5 seconds'
            AND (e.subject_id::text = i.subject_key OR e.severity = 'critical'
                 OR e.type IN ('HaltLifted', 'HaltCleared', 'HaltClearingRetried',
                      'HaltLoweringProposed', 'ColdModeLeft', 'AccountUnparked', 'PositionClosed',
                      'PositionProtected', 'CommandIssued', 'OrderDecided')))
     ORDER BY e.recorded_at, e.sequence LIMIT :limit
    """
)
_EFFECT = text(
    """
    WITH span AS (
        SELECT opened_at AS begins, coalesce(mitigated_at, closed_at, now()) AS ends
          FROM incidents WHERE id = :id),
    concerned AS (
        SELECT c.account_id FROM halt_accounts AS c JOIN incidents AS i
            ON i.id = :id AND c.halt_id::text = i.subject_key
         UNION
        SELECT substr(e.stream, 9)::uuid FROM events AS e, span
         WHERE e.recorded_at BETWEEN span.begins - interval '5 seconds' AND span.ends
           AND e.stream LIKE 'account:%' AND e.severity = 'critical')
    SELECT (SELECT count(*) FROM concerned) AS accounts,
           count(DISTINCT t.id) FILTER (WHERE i.leg = 'exit') AS exits,
           count(DISTINCT t.id) FILTER (WHERE i.leg = 'cancel') AS cancels,
           (SELECT sum(coalesce(f.realised_pnl, 0) - f.commission) FROM fills AS f, span
             WHERE f.account_id IN (SELECT account_id FROM concerned)
               AND f.received_at BETWEEN span.begins AND span.ends) AS money
      FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id, span
     WHERE t.account_id IN (SELECT account_id FROM concerned)
       AND t.sending_at BETWEEN span.begins AND span.ends
    """
)
_PAGES = text(
    "SELECT p.round, p.level, c.name, p.paged_at, n.sent_at, n.error FROM incident_pages AS p"
    " JOIN emergency_contacts AS c ON c.id = p.contact_id"
    " JOIN notifications AS n ON n.id = p.notification_id"
    " WHERE p.incident_id = :id ORDER BY p.paged_at, p.level, c.name"
)
_CONTACTS = text(
    "SELECT id, name, channel, address, level, hours_from, hours_to FROM emergency_contacts"
    " WHERE removed_at IS NULL ORDER BY level, name, id"
)
_OPEN = text("SELECT count(*) FROM incidents WHERE state = 'open' AND acknowledged_at IS NULL")


@dataclass(frozen=True, slots=True)
class IncidentView:
    """One incident; `round` counts how often it came back."""

    id: UUID
    kind: str
    state: str
    title: str
    detail: str
    opened_at: datetime
    mitigated_at: datetime | None
    closed_at: datetime | None
    closed_by: str
    acknowledged_at: datetime | None
    acknowledged_by: str
    round: int
    level_paged: int
    root_cause: str
    follow_ups: str


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of its timeline; `stream` names the account, where it is about one."""

    id: UUID
    type: str
    severity: str
    actor: str
    surface: str
    stream: str
    recorded_at: datetime
    payload: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class PagedPerson:
    """Somebody who was woken; the message left, or why it did not."""

    round: int
    level: int
    name: str
    paged_at: datetime
    sent_at: datetime | None
    error: str


@dataclass(frozen=True, slots=True)
class Effect:
    """What it touched, from the record.

    Attributes:
        money: USDT realised on these accounts while it lasted, after commission; None: nothing.
    """

    accounts: int
    exits: int
    cancels: int
    money: Any


@dataclass(frozen=True, slots=True)
class IncidentRecord:
    """An incident whole."""

    incident: IncidentView
    effect: Effect
    pages: tuple[PagedPerson, ...]
    timeline: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ContactView:
    """Somebody to be woken; hours are UTC."""

    id: UUID
    name: str
    channel: str
    address: str
    level: int
    hours_from: time
    hours_to: time


async def page(actor: Actor, request: PageRequest) -> Page[IncidentView]:
    """Return one page of incidents, newest first.

    Filters: state, kind. Search: title, detail, root cause.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(IncidentView, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def record(actor: Actor, incident_id: UUID) -> IncidentRecord:
    """Return an incident with its timeline, whom it woke and what it touched.

    Raises:
        NotFound: there is none.
    """
    bound = {"id": incident_id}
    async with desk_reading(actor) as session:
        row = (
            await session.execute(
                text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE i.id = :id"),  # noqa: S608
                bound,
            )
        ).one_or_none()
        if row is None:
            raise NotFound(f"There is no incident {incident_id}")
        effect = (await session.execute(_EFFECT, bound)).one()
        pages = (await session.execute(_PAGES, bound)).all()
        steps = (await session.execute(_TIMELINE, bound | {"limit": TIMELINE_MAX})).all()
    return IncidentRecord(
        incident=build(IncidentView, row),
        effect=Effect(*effect),
        pages=tuple(PagedPerson(*one) for one in pages),
        timeline=tuple(Step(*one) for one in steps),
    )


async def contacts(actor: Actor) -> tuple[ContactView, ...]:
    """Return the people to be woken, those of the first level first."""
    async with desk_reading(actor) as session:
        return tuple(ContactView(*row) for row in await session.execute(_CONTACTS))


async def count_unattended(actor: Actor) -> int:
    """Return how many open incidents nobody sees to."""
    async with desk_reading(actor) as session:
        return int((await session.execute(_OPEN)).scalar_one())
