"""A read-only transaction that sees what its actor may see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.row_security import apply_actor
from patriot_app.core.db.sessions import new_session
from patriot_app.core.domain.permissions import Actor


@asynccontextmanager
async def reading(actor: Actor) -> AsyncIterator[AsyncSession]:
    """Open a read-only session under the actor's row-level security."""
    async with new_session() as session, session.begin():
        await session.execute(text("SET TRANSACTION READ ONLY"))
        await apply_actor(session, actor)
        yield session
