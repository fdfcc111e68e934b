"""What several tests of services share."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from tests.database import Server
from tests.factories.months import Mandate, make_months
from tests.factories.rows import DaemonRows


@pytest.fixture
async def engines(
    server: Server, database_name: str
) -> AsyncIterator[tuple[AsyncEngine, AsyncEngine]]:
    """The two processes' own."""
    made = tuple(
        create_engine(server.url(role, database_name), process_name="tests", pool_size=2)
        for role in ("patriot_web", "patriot_daemon")
    )
    yield made[0], made[1]
    use_engine(None)
    for engine in made:
        await engine.dispose()


@pytest.fixture
async def mandate(engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows) -> Mandate:
    """A mandate of live money, signed and complete."""
    return await make_months(rows, *engines)


@pytest.fixture
async def other_mandate(engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows) -> Mandate:
    """Another client's."""
    return await make_months(rows, *engines)
