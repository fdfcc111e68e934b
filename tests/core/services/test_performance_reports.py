"""People get their reports once per period, and nobody another's."""

import io
from datetime import UTC, datetime
from uuid import UUID

import pytest
from pypdf import PdfReader
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.db.sessions import use_engine
from patriot_app.core.documents import performance_report
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.report_schedule import Cadence, ReportFormat, ReportSubject
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import performance_reports as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import performance_reports
from patriot_app.core.unit_of_work import begin
from tests.factories.rows import (
    OPERATOR,
    DaemonRows,
    customer,
    make_account,
    make_client,
)

Engines = tuple[AsyncEngine, AsyncEngine]
JUNE = datetime(2026, 6, 3, 12, 0, tzinfo=UTC)


async def subscribed(client_id: UUID, *, format: ReportFormat = ReportFormat.PDF) -> UUID:
    """Subscribe a client to his own month."""
    async with begin(customer(client_id)) as uow:
        return await performance_reports.subscribe(
            uow,
            recipient_id=client_id,
            kind=ReportSubject.CLIENT,
            subject_id=client_id,
            cadence=Cadence.MONTHLY,
            format=format,
        )


async def made_of(engines: Engines, client_id: UUID) -> list[UUID]:
    """Run the job twice, as the daemon; return the client's reports."""
    use_engine(engines[1])
    for _ in range(2):
        async with begin(SYSTEM) as uow:
            await performance_reports.make_due(uow, market_now=JUNE)
    use_engine(engines[0])
    page = await queries.reports(customer(client_id), PageRequest())
    return [one.id for one in page.items]


async def test_a_month_is_reported_once_with_its_figures_and_a_message(
    engines: Engines, rows: DaemonRows
) -> None:
    use_engine(engines[0])
    client_id = await make_client(name="Cleo")
    account_id = await make_account(client_id)
    for day, equity in ((1, "1000"), (2, "1100"), (3, "1045")):
        rows.snapshot(account_id, datetime(2026, 5, day, tzinfo=UTC), equity, resolution="day")
    await subscribed(client_id)
    (report_id,) = await made_of(engines, client_id)
    found = await queries.figures(customer(client_id), report_id)
    sheet = PdfReader(io.BytesIO(performance_report.as_pdf(found))).pages[0].extract_text()
    assert "Performance, May 2026" in sheet
    assert "Client Cleo" in sheet
    assert "+45.00 USDT" in sheet
    assert "55.00 USDT" in sheet
    lines = performance_report.as_csv(found).decode().splitlines()
    assert lines[0].startswith("day,equity_usdt")
    assert lines[2].startswith("2026-05-02,1100,0,100,0.1,0.1")
    async with begin(OPERATOR) as uow:
        told = await uow.session.execute(
            text("SELECT channel, body FROM notifications WHERE user_id = :id"), {"id": client_id}
        )
        sent = [(row.channel, row.body) for row in told if str(report_id) in row.body]
    assert {channel for channel, _ in sent} >= {"email"}
    assert all(body.endswith(f"/documents/reports/{report_id}.pdf") for _, body in sent)


async def test_nobody_reads_the_report_of_another(engines: Engines) -> None:
    use_engine(engines[0])
    client_id, stranger = await make_client(), await make_client(name="Eve")
    await subscribed(client_id)
    (report_id,) = await made_of(engines, client_id)
    with pytest.raises(NotFound):
        await queries.figures(customer(stranger), report_id)
    assert (await queries.subscriptions(customer(stranger), PageRequest())).total == 0
    async with begin(customer(stranger)) as uow:
        with pytest.raises(NotFound):
            await performance_reports.subscribe(
                uow,
                recipient_id=stranger,
                kind=ReportSubject.CLIENT,
                subject_id=client_id,
                cadence=Cadence.WEEKLY,
                format=ReportFormat.PDF,
            )
    async with begin(OPERATOR) as uow:
        with pytest.raises(NotFound, match="what is his own"):
            await performance_reports.subscribe(
                uow,
                recipient_id=stranger,
                kind=ReportSubject.CLIENT,
                subject_id=client_id,
                cadence=Cadence.WEEKLY,
                format=ReportFormat.PDF,
            )


async def test_a_subscription_is_kept_once_and_ends(engines: Engines) -> None:
    use_engine(engines[0])
    client_id = await make_client()
    subscription_id = await subscribed(client_id)
    async with begin(customer(client_id)) as uow:
        with pytest.raises(Refused, match="already"):
            await performance_reports.subscribe(
                uow,
                recipient_id=client_id,
                kind=ReportSubject.CLIENT,
                subject_id=client_id,
                cadence=Cadence.MONTHLY,
                format=ReportFormat.PDF,
            )
    async with begin(customer(client_id)) as uow:
        await performance_reports.unsubscribe(uow, subscription_id)
    assert await made_of(engines, client_id) == []
    assert await subscribed(client_id)


async def test_the_desk_subscribes_by_address_and_name(engines: Engines) -> None:
    use_engine(engines[0])
    client_id = await make_client(name="Named Once")
    async with begin(OPERATOR) as uow:
        email = await uow.session.scalar(
            text("SELECT email FROM users WHERE id = :id"), {"id": client_id}
        )
        assert isinstance(email, str)
        for wrong, field in ((("nobody@mail.example", "x"), "email"), ((email, "Nobody"), "name")):
            with pytest.raises(Invalid) as caught:
                await performance_reports.subscribe_named(
                    uow,
                    email=wrong[0],
                    kind=ReportSubject.CLIENT,
                    name=wrong[1],
                    cadence=Cadence.WEEKLY,
                    format=ReportFormat.CSV,
                )
            assert set(caught.value.fields) == {field}
        assert await performance_reports.subscribe_named(
            uow,
            email=email.upper(),
            kind=ReportSubject.CLIENT,
            name="named once",
            cadence=Cadence.WEEKLY,
            format=ReportFormat.CSV,
        )
    page = await queries.subscriptions(OPERATOR, PageRequest(search="Named Once"))
    assert [(one.about, one.cadence, one.format) for one in page.items] == [
        ("Named Once", "weekly", "csv")
    ]
    assert page.total == 1
