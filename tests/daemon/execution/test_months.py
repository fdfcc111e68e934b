"""All months that are due are closed, each once, and one that fails stops no other."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import psycopg
import pytest

from daemon.execution import months
from daemon.execution.months import Run
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.invoices import FeePeriodStatus
from tests.database import Server
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import DaemonRows

CLOCK = SystemClock()
S = FeePeriodStatus


@pytest.fixture
async def mandates(
    server: Server, database_name: str, rows: DaemonRows
) -> AsyncIterator[list[Mandate]]:
    """Two mandates that nobody has closed, one of them ended within February; it is mid-March."""
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
        superuser.execute("SET session_replication_role = replica; TRUNCATE mandates CASCADE")
    web, daemon = (
        create_engine(server.url(role, database_name), process_name="tests", pool_size=5)
        for role in ("patriot_web", "patriot_daemon")
    )
    made = [await make_months(rows, web, daemon) for _ in range(2)]
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
