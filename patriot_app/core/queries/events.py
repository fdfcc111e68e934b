"""The event log as people read it: what happened, who did it, to what."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest, order_by
from patriot_app.core.queries.reader import reading

TIMELINE_MAX = 100
_SORTS = {"recorded_at": "recorded_at", "type": "type", "actor": "actor", "severity": "severity"}
_SELECT = "SELECT id, stream, type, severity, actor, surface, subject_id, recorded_at, payload"
_MATCHING = """
    FROM events
   WHERE (:severity = '' OR severity = :severity)
     AND (:surface = '' OR surface = :surface)
     AND (:search = '' OR type ILIKE :pattern OR actor ILIKE :pattern
          OR subject_id::text = :search OR stream = :search)
"""
_COUNT = "SELECT count(*)" + _MATCHING
_BY_ID = text(_SELECT + " FROM events WHERE id = :id")
_OF_SUBJECT = text(
    _SELECT + " FROM events WHERE subject_id = :id ORDER BY recorded_at DESC, id DESC LIMIT :limit"
)


@dataclass(frozen=True, slots=True)
class EventView:
    """One fact."""

    id: UUID
    stream: str
    type: str
    severity: str
    actor: str
    surface: str
    subject_id: UUID | None
    recorded_at: datetime
    payload: Mapping[str, Any]


async def page(actor: Actor, request: PageRequest) -> Page[EventView]:
    """Return one page of the log, newest first unless sorted otherwise.

    Filters: severity, surface. Search: part of a type or actor, or a whole id.
    """
    order = order_by(request, _SORTS, default="recorded_at DESC, id DESC")
    bound = {
        "severity": request.filters.get("severity", ""),
        "surface": request.filters.get("surface", ""),
        "search": request.search,
        "pattern": f"%{_escaped(request.search)}%",
    }
    async with reading(actor) as session:
        total = (await session.execute(text(_COUNT), bound)).scalar_one()
        rows = await session.execute(
            text(_SELECT + _MATCHING + f" ORDER BY {order} LIMIT :limit OFFSET :offset"),
            {**bound, "limit": request.limit, "offset": request.offset},
        )
        items = tuple(EventView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def timeline(actor: Actor, subject_id: UUID) -> tuple[EventView, ...]:
    """Return what happened to one object, newest first, at most a hundred events."""
    async with reading(actor) as session:
        rows = await session.execute(_OF_SUBJECT, {"id": subject_id, "limit": TIMELINE_MAX})
        return tuple(EventView(*row) for row in rows)


async def get(actor: Actor, event_id: UUID) -> EventView | None:
    """Return one event; None: there is none."""
    async with reading(actor) as session:
        row = (await session.execute(_BY_ID, {"id": event_id})).one_or_none()
    return None if row is None else EventView(*row)


def _escaped(pattern: str) -> str:
    return pattern.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
