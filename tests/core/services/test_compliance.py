"""Compliance reports: what they hold, that they stand, and what they refuse."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import psycopg
import pytest

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.compliance import DAYS_MAX, NOTABLE, check_period, month_before
from patriot_app.core.domain.events import HaltLifted, SignInFailed, schemas
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import compliance as queries
from patriot_app.core.queries.compliance import ReportView
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import compliance, projections
from patriot_app.core.unit_of_work import begin
from patriot_app.web.console.compliance.rows import act_rows, count_rows, markdown
from tests.database import Server

TODAY = date(2026, 5, 4)


class Tomorrow(SystemClock):
    """So that today is over."""

    def now(self) -> datetime:
        return super().now() + timedelta(days=1)


@pytest.fixture(autouse=True)
async def happened(as_daemon: str, server: Server, database_name: str) -> AsyncIterator[None]:
    """A wrong password, and a halt that one person alone lifted."""
    async with begin(SYSTEM) as uow:
        uow.record(SignInFailed(email="eve@example.com", ip="198.51.100.9", reason="password"))
        uow.record(HaltLifted(scope="desk", scope_id="", reason="All | clear", is_solo=True))
    yield
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        for table in ("events", "compliance_reports"):
            superuser.execute(f"ALTER TABLE {table} DISABLE TRIGGER append_only")
        superuser.execute("TRUNCATE events, stream_heads, projections, projection_positions")
        superuser.execute("TRUNCATE activity_days, compliance_reports")


async def made(starts_on: date, ends_on: date) -> ReportView:
    async with begin(SYSTEM, clock=Tomorrow()) as uow:
        await projections.catch_up(uow, projections.DAYS)
        report_id = await compliance.make(uow, starts_on, ends_on, made_by="Cora")
    view = await queries.get(SYSTEM, report_id)
    assert view is not None
    return view


def today() -> date:
    return datetime.now(UTC).date()


async def test_a_report_counts_by_kind_and_lists_what_needs_an_eye() -> None:
    view = await made(today(), today() + timedelta(days=1))
    assert view.content["counts"] == [
        {"area": "desk", "kind": "HaltLifted", "events": 1},
        {"area": "people", "kind": "SignInFailed", "events": 1},
    ]
    assert [act["kind"] for act in view.content["acts"]] == ["HaltLifted"]
    assert (view.events, view.made_by, view.is_whole) == (2, "Cora", True)
    assert act_rows(view)[0].title == "Halt lifted (solo)"
    assert [row.area for row in count_rows(view) if not row.kind] == ["Desk", "People"]
    assert "| All / clear" in markdown(view).replace("reason ", "| ")


async def test_days_without_events_make_an_empty_report() -> None:
    view = await made(date(2020, 1, 1), date(2020, 2, 1))
    assert (view.events, view.content["counts"], view.content["acts"]) == (0, [], [])


async def test_the_digest_of_a_report_stands_in_the_record_and_shows_a_change(
    server: Server, database_name: str
) -> None:
    view = await made(today(), today() + timedelta(days=1))
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        told = superuser.execute(
            "SELECT payload ->> 'digest' FROM events WHERE type = 'ComplianceReportMade'"
        ).fetchall()
        assert told == [(view.digest,)]
        superuser.execute("ALTER TABLE compliance_reports DISABLE TRIGGER append_only")
        superuser.execute("UPDATE compliance_reports SET content = content || '{\"acts\": []}'")
    changed = await queries.get(SYSTEM, view.id)
    assert changed is not None
    assert not changed.is_whole


async def test_the_report_of_a_month_is_made_once() -> None:
    async with begin(SYSTEM) as uow:
        first = await compliance.make_due(uow)
    async with begin(SYSTEM) as uow:
        assert await compliance.make_due(uow) is None
    page = await queries.page(SYSTEM, PageRequest())
    assert [item.id for item in page.items] == [first]
    assert (page.items[0].starts_on, page.items[0].ends_on) == month_before(today())


@pytest.mark.parametrize(
    ("day", "month"),
    [
        (date(2026, 1, 1), (date(2025, 12, 1), date(2026, 1, 1))),
        (date(2024, 3, 31), (date(2024, 2, 1), date(2024, 3, 1))),
    ],
)
def test_the_month_before_is_whole(day: date, month: tuple[date, date]) -> None:
    assert month_before(day) == month


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "field"),
    [
        (TODAY, TODAY, "ends_on"),
        (TODAY, TODAY - timedelta(days=1), "ends_on"),
        (TODAY - timedelta(days=1), TODAY + timedelta(days=1), "ends_on"),
        (TODAY - timedelta(days=DAYS_MAX + 1), TODAY, "starts_on"),
    ],
)
def test_a_period_that_no_report_can_cover_is_refused_by_field(
    starts_on: date, ends_on: date, field: str
) -> None:
    with pytest.raises(Invalid) as caught:
        check_period(starts_on, ends_on, today=TODAY)
    assert list(caught.value.fields) == [field]


def test_what_a_report_lists_are_kinds_of_events() -> None:
    assert set(schemas.KINDS) >= NOTABLE


async def test_there_is_no_report_of_another_id() -> None:
    unknown: UUID = uuid4()
    assert await queries.get(SYSTEM, unknown) is None
