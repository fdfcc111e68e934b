"""All months that are due are closed, each once, and one that fails stops no other."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import text

from daemon.execution import months
from daemon.execution.months import Run
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.queries.invariants import MONEY, violations
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows

CLOCK = SystemClock()
S = FeePeriodStatus


@pytest.fixture
async def mandates(
    request: pytest.FixtureRequest, server: Server, database_name: str, rows: DaemonRows
) -> AsyncIterator[list[Mandate]]:
    """Mandates that nobody has closed, two unless the test says otherwise; it is mid-March."""
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica; TRUNCATE mandates CASCADE")
    web, daemon = (
        create_engine(server.url(role, database_name), process_name="tests", pool_size=5)
        for role in ("patriot_web", "patriot_daemon")
    )
    made = [await make_months(rows, web, daemon) for _ in range(getattr(request, "param", 2))]
    for mandate in made:
        january(mandate)
        flat(mandate, 2, binance="100")
        mandate.set_market_time(first_of(3) + timedelta(days=14))
    use_engine(daemon)
    yield made
    use_engine(None)
    await web.dispose()
    await daemon.dispose()


async def close(*, computed_before: datetime | None = None, lasts_s: float = 300.0) -> Run:
    return await months.close_due(
        CLOCK,
        computed_before=computed_before or CLOCK.now() - timedelta(hours=1),
        until_s=CLOCK.monotonic() + lasts_s,
    )


async def test_what_is_due_is_closed_and_then_nothing_is_due(mandates: list[Mandate]) -> None:
    run = await close()
    assert (run.mandates, run.periods, run.failed, run.is_whole) == (2, {S.DRAFT: 2}, 0, True)
    assert (await close()).mandates == 0
    again = await close(computed_before=CLOCK.now() + timedelta(hours=1), lasts_s=0)
    assert not again.is_whole


async def test_a_mandate_whose_close_fails_holds_up_no_other(
    mandates: list[Mandate], server: Server, database_name: str
) -> None:
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        # An abbreviation that the database knows and our calendar does not.
        superuser.execute("UPDATE mandates SET time_zone = 'MSK' WHERE id = %s", (mandates[0].id,))
    run = await close()
    assert (run.failed, run.periods, run.is_whole) == (1, {S.DRAFT: 1}, True)


@pytest.mark.parametrize("mandates", [6], indirect=True)
async def test_a_daemon_killed_between_mandates_doubles_nothing_and_leaves_no_gap(
    mandates: list[Mandate], server: Server, database_name: str
) -> None:
    url = server.url("patriot_daemon", database_name)
    assert await _closing(url, "--killed-after", "2") == -signal.SIGKILL
    cut_off = await _drafts(mandates)
    assert 2 <= len(cut_off) < len(mandates)
    assert await _closing(url) == 0
    drafts = await _drafts(mandates)
    assert len(drafts) == len(mandates)
    assert cut_off.items() <= drafts.items()
    for mandate in mandates:
        assert await mandate.books() == {"accrued_fees": 150, "fee_revenue": -150}
    use_engine(mandates[0].web)
    finalised = await mandates[0].finalise(*drafts.values())
    year = CLOCK.now().year
    assert finalised.invoices == tuple(f"{year}-{place:05d}" for place in range(1, 7))
    assert await violations(OPERATOR, MONEY) == ()


async def _closing(url: str, *options: str) -> int:
    """Let another process close what is due; return how it ended."""
    child = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.daemon.execution.closing", *options),
        env={**os.environ, "PATRIOT_DATABASE_URL": url},
    )
    return await child.wait()


async def _drafts(mandates: list[Mandate]) -> dict[UUID, UUID]:
    """Return the draft of each mandate that has been closed."""
    with mandates[0].acting_as(mandates[0].web):
        async with begin(OPERATOR) as uow:
            rows = await uow.session.execute(
                text("SELECT mandate_id, id FROM fee_periods WHERE status = 'draft'")
            )
            return {row.mandate_id: row.id for row in rows}
