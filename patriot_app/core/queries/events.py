"""The event log as people read it: what happened, who did it, to what, from where."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import schemas
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Invalid
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, build, fetch

TIMELINE_MAX = 100
REFUSALS = (
    "CredentialRejected",
    "OrderDenied",
    "SignInFailed",
)
"""Kinds that tell of an attempt that was turned down."""


def _kinds(kinds: tuple[str, ...] | list[str]) -> str:
    """Return names of ours as an SQL array; nothing here comes from outside."""
    return "ARRAY[" + ", ".join(f"'{kind}'" for kind in kinds) + "]::text[]"


_AREAS = " ".join(f"WHEN '{area}' THEN {_kinds(schemas.kinds_of(area))}" for area in schemas.AREAS)
_COLUMNS = (
    "id, stream, sequence, type, severity, actor, surface, subject_id, recorded_at, payload,"
    " correlation_id, coalesce(origin ->> 'ip', ''), coalesce(origin ->> 'session', '')"
)
_TABLE = Table(
    columns=_COLUMNS,
    source="events",
    sorts={"recorded_at": "recorded_at", "type": "type", "actor": "actor", "severity": "severity"},
    filters={
        "severity": "severity = :severity",
        "surface": "surface = :surface",
        "area": f"type = ANY(CASE :area {_AREAS} END)",
        "refused": f"(type = ANY({_kinds(REFUSALS)})) = (:refused = 'yes')",
        "since": "recorded_at > now() - CASE :since WHEN 'hour' THEN interval '1 hour'"
        " WHEN 'day' THEN interval '1 day' WHEN 'week' THEN interval '7 days'"
        " WHEN 'month' THEN interval '30 days' END",
        "from": "recorded_at >= CAST(:from AS date)",
        "to": "recorded_at < CAST(:to AS date) + 1",
        "subject_id": "subject_id = :subject_id",
        "actor_id": "actor_id = :actor_id",
        "request": "correlation_id = :request",
    },
    search=(
        "type ILIKE :pattern OR actor ILIKE :pattern OR subject_id::text = :search"
        " OR stream = :search OR correlation_id = :search OR id::text = :search"
        " OR origin ->> 'ip' = :search"
    ),
    default="recorded_at DESC, id DESC",
    newest="recorded_at",
)
# What a person did and what is told about him; each half has an index of its own.
_OF_PERSON = replace(
    _TABLE,
    source="(SELECT e.* FROM events AS e WHERE e.actor_id = :person UNION ALL SELECT e.* FROM events"
    " AS e WHERE e.subject_id = :person AND e.actor_id IS DISTINCT FROM :person) AS events",
)
_ONE = text(f"SELECT {_COLUMNS} FROM events WHERE id = :id")  # noqa: S608
_OF_SUBJECT = text(
    f"SELECT {_COLUMNS} FROM events WHERE subject_id = :id"  # noqa: S608
    " ORDER BY recorded_at DESC, id DESC LIMIT :limit"
)
_OF_SYMBOL = text(
    f"SELECT {_COLUMNS} FROM events WHERE stream = :stream"  # noqa: S608
    " AND payload ->> 'symbol' = :symbol ORDER BY sequence DESC LIMIT :limit"
)
_OF_KINDS = text(
    f"SELECT {_COLUMNS} FROM events WHERE type = ANY(:kinds) AND payload @> CAST(:facts AS jsonb)"  # noqa: S608
    " ORDER BY recorded_at DESC, id DESC LIMIT :limit"
)
_OF_REQUEST = text(
    f"SELECT {_COLUMNS} FROM events WHERE correlation_id = :request AND correlation_id <> ''"  # noqa: S608
    " ORDER BY recorded_at, id LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class EventView:
    """One fact.

    Attributes:
        sequence: its number in its stream.
        request: of the request that caused it; "" where the desk acted by itself.
        ip, session: of the person who acted, as far as known.
    """

    id: UUID
    stream: str
    sequence: int
    type: str
    severity: str
    actor: str
    surface: str
    subject_id: UUID | None
    recorded_at: datetime
    payload: Mapping[str, Any]
    request: str = ""
    ip: str = ""
    session: str = ""


async def page(actor: Actor, request: PageRequest) -> Page[EventView]:
    """Return one page of the log, newest first unless sorted otherwise.

    Filters: area, severity, surface, refused ("yes" or "no"), since, from, to (days in UTC, both
    included), subject_id, actor_id, request, person_id (who did it, or whom it is about). Search: part of a kind or of a person's name; or a
    whole id, stream, request or address.

    Raises:
        Invalid: a filter or sort key that the log does not have.
    """
    for name in ("from", "to"):
        if day := request.filters.get(name):
            _check_day(name, day)
    person, others = _person_of(request)
    async with reading(actor) as session:
        if person is None:
            rows, total = await fetch(session, _TABLE, request)
        else:
            rows, total = await fetch(session, _OF_PERSON, others, bound={"person": person})
    items = tuple(build(EventView, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def timeline(actor: Actor, subject_id: UUID) -> tuple[EventView, ...]:
    """Return what happened to one object, newest first, at most a hundred events."""
    async with reading(actor) as session:
        rows = await session.execute(_OF_SUBJECT, {"id": subject_id, "limit": TIMELINE_MAX})
        return tuple(EventView(*row) for row in rows)


async def of_symbol(actor: Actor, account_id: UUID, symbol: str) -> tuple[EventView, ...]:
    """Return what happened to one contract on an account, newest first, at most a hundred."""
    bound = {"stream": f"account:{account_id}", "symbol": symbol, "limit": TIMELINE_MAX}
    async with reading(actor) as session:
        return tuple(EventView(*row) for row in await session.execute(_OF_SYMBOL, bound))


async def of_kinds(actor: Actor, *kinds: str, **facts: str) -> tuple[EventView, ...]:
    """Return the events of some kinds that tell these facts, newest first, at most a hundred.

    For what is known by names and not by an id: a contract, the limits of a scope.
    """
    bound = {"kinds": list(kinds), "facts": json.dumps(facts), "limit": TIMELINE_MAX}
    async with reading(actor) as session:
        return tuple(EventView(*row) for row in await session.execute(_OF_KINDS, bound))


async def of_request(actor: Actor, request: str) -> tuple[EventView, ...]:
    """Return all that one request caused, oldest first, at most a hundred events."""
    async with reading(actor) as session:
        rows = await session.execute(_OF_REQUEST, {"request": request, "limit": TIMELINE_MAX})
        return tuple(EventView(*row) for row in rows)


async def get(actor: Actor, event_id: UUID) -> EventView | None:
    """Return one event; None: there is none."""
    async with reading(actor) as session:
        row = (await session.execute(_ONE, {"id": event_id})).one_or_none()
    return None if row is None else EventView(*row)


def _person_of(request: PageRequest) -> tuple[UUID | None, PageRequest]:
    """Return whose events are asked for, and the request without that filter."""
    others = {name: value for name, value in request.filters.items() if name != "person_id"}
    if not (given := request.filters.get("person_id", "")):
        return None, request
    try:
        return UUID(given), replace(request, filters=others)
    except ValueError as error:
        raise Invalid({"filter": "person_id must be an id"}) from error


def _check_day(name: str, day: str) -> None:
    try:
        date.fromisoformat(day)
    except ValueError as error:
        raise Invalid({name: "must be a day such as 2026-05-04"}) from error
