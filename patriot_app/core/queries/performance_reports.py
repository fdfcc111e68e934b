"""Subscriptions of performance reports, and the reports that were made."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.domain.report_schedule import ReportPeriod, ReportSubject
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import performance
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.performance import Attribution, Course, Subject, SubjectKind
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import Table, fetch

_ABOUT = (
    "coalesce(CASE s.subject_kind WHEN 'client' THEN (SELECT c.name FROM users AS c"
    " WHERE c.id = s.subject_id) WHEN 'account' THEN (SELECT a.label FROM accounts AS a"
    " WHERE a.id = s.subject_id) ELSE (SELECT st.name FROM strategies AS st"
    " WHERE st.id = s.subject_id) END, '')"
)
_UNTIL = "(SELECT max(r.until_day) FROM reports AS r WHERE r.subscription_id = s.id)"
_SUBSCRIPTIONS = Table(
    columns=f"s.id, u.name, s.subject_kind, {_ABOUT}, s.cadence, s.format, s.created_at, {_UNTIL}",
    source="report_subscriptions AS s JOIN users AS u ON u.id = s.recipient_id",
    sorts={"recipient": "u.name", "created_at": "s.created_at", "cadence": "s.cadence"},
    filters={
        "subject_kind": "s.subject_kind = :subject_kind",
        "cadence": "s.cadence = :cadence",
        "recipient_id": "s.recipient_id = CAST(:recipient_id AS uuid)",
    },
    search="u.name ILIKE :pattern",
    default="s.created_at DESC, s.id DESC",
    always="s.ended_at IS NULL",
)
_REPORTS = Table(
    columns=f"r.id, u.name, s.subject_kind, {_ABOUT}, s.format, r.first_day, r.until_day, r.made_at",
    source=(
        "reports AS r JOIN report_subscriptions AS s ON s.id = r.subscription_id"
        " JOIN users AS u ON u.id = s.recipient_id"
    ),
    sorts={"made_at": "r.made_at", "first_day": "r.first_day"},
    filters={
        "subject_kind": "s.subject_kind = :subject_kind",
        "recipient_id": "s.recipient_id = CAST(:recipient_id AS uuid)",
    },
    search="u.name ILIKE :pattern",
    default="r.made_at DESC, r.id DESC",
)
_ONE = text(
    "SELECT s.subject_kind, s.subject_id, s.recipient_id, r.first_day, r.until_day, r.made_at"
    " FROM reports AS r JOIN report_subscriptions AS s ON s.id = r.subscription_id"
    " WHERE r.id = :id"
)


@dataclass(frozen=True, slots=True)
class Subscription:
    """Who gets what; `reported_until` is the day after the last one that was told of."""

    id: UUID
    recipient: str
    subject_kind: str
    about: str
    cadence: str
    format: str
    created_at: datetime
    reported_until: date | None


@dataclass(frozen=True, slots=True)
class ReportView:
    """One report that was made."""

    id: UUID
    recipient: str
    subject_kind: str
    about: str
    format: str
    first_day: date
    until_day: date
    made_at: datetime


@dataclass(frozen=True, slots=True)
class ReportFigures:
    """What a report is printed from."""

    kind: ReportSubject
    period: ReportPeriod
    made_at: datetime
    course: Course
    parts: tuple[Attribution, ...]


async def subscriptions(actor: Actor, request: PageRequest) -> Page[Subscription]:
    """Return one page of what is sent; a client's own. Filters: subject_kind, cadence."""
    async with reading(actor) as session:
        rows, total = await fetch(session, _SUBSCRIPTIONS, request)
    items = tuple(Subscription(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def reports(actor: Actor, request: PageRequest) -> Page[ReportView]:
    """Return one page of reports that were made; a client's own. Filter: subject_kind."""
    async with reading(actor) as session:
        rows, total = await fetch(session, _REPORTS, request)
    items = tuple(ReportView(*row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def figures(actor: Actor, report_id: UUID) -> ReportFigures:
    """Return what a report is printed from; the subject is read as its reader may read it.

    Raises:
        NotFound: there is none, or it is another's.
    """
    async with reading(actor) as session:
        row = (await session.execute(_ONE, {"id": report_id})).one_or_none()
    if row is None or not (actor.is_staff or actor.user_id == row.recipient_id):
        raise NotFound("There is no such report")
    subject = Subject(SubjectKind(row.subject_kind), row.subject_id)
    days = (row.first_day, row.until_day)
    return ReportFigures(
        ReportSubject(row.subject_kind),
        ReportPeriod(*days),
        row.made_at,
        await performance.course(actor, subject, days),
        await performance.attribution(actor, subject, days),
    )
