"""Compliance reports as the desk reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.compliance import digest_of
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

_TABLE = Table(
    columns=(
        "id, starts_on, ends_on, made_at, made_by, events,"
        " jsonb_array_length(content -> 'acts') AS acts"
    ),
    source="compliance_reports",
    sorts={"starts_on": "starts_on", "made_at": "made_at", "events": "events"},
    search="made_by ILIKE :pattern OR encode(digest, 'hex') = :search OR id::text = :search",
    default="id DESC",
    newest="made_at",
)
_ONE = text(
    """
    SELECT id, starts_on, ends_on, made_at, made_by, events, content, digest
      FROM compliance_reports WHERE id = :id
    """
)


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One report; the period is half-open, `acts` are those that it lists one by one."""

    id: UUID
    starts_on: date
    ends_on: date
    made_at: datetime
    made_by: str
    events: int
    acts: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report whole; `is_whole` tells whether its content is what its digest says."""

    id: UUID
    starts_on: date
    ends_on: date
    made_at: datetime
    made_by: str
    events: int
    content: Mapping[str, Any]
    digest: str
    is_whole: bool


async def page(actor: Actor, request: PageRequest) -> Page[ReportLine]:
    """Return one page of reports, newest first. Search: who made it, a digest, an id.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(ReportLine, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, report_id: UUID) -> ReportView | None:
    """Return one report; None: there is none.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_ONE, {"id": report_id})).one_or_none()
    if row is None:
        return None
    return build(
        ReportView,
        (*row[:7], row.digest.hex()),
        is_whole=digest_of(row.content) == bytes(row.digest),
    )
