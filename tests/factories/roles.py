"""Let a part of a test run under another database role."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from patriot_app.core.db import sessions
from patriot_app.core.db.engine import create_engine
from tests.database import Server


@asynccontextmanager
async def acting_as(server: Server, database: str, role: str) -> AsyncIterator[None]:
    """Run the block as a role; afterwards units of work run as the former one again."""
    former, reserved = sessions._factory, sessions._reserved
    engine = create_engine(server.url(role, database), process_name="tests", pool_size=2)
    sessions.use_engine(engine)
    try:
        yield
    finally:
        await engine.dispose()
        sessions._factory, sessions._reserved = former, reserved
