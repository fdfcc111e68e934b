"""A read-only transaction that sees what its actor may see."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.row_security import apply_actor
from patriot_app.core.db.sessions import new_session
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound


@asynccontextmanager
async def reading(actor: Actor, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
    """Open a read-only session under the actor's row-level security.

    Args:
        snapshot: let all statements see the same moment.
    """
    level = "REPEATABLE READ" if snapshot else "READ COMMITTED"
    async with new_session() as session, session.begin():
        await session.execute(text(f"SET TRANSACTION ISOLATION LEVEL {level}, READ ONLY"))
        await apply_actor(session, actor)
        yield session


@asynccontextmanager
async def desk_reading(actor: Actor, *, snapshot: bool = False) -> AsyncIterator[AsyncSession]:
    """Open a read-only session for what is the desk's alone: strategies, totals, the system.

    Args:
        snapshot: let all statements see the same moment.

    Raises:
        NotFound: the actor is no member of the desk.
    """
    if not actor.is_staff and actor.surface not in {"daemon", "cli"}:
        raise NotFound("There is no such page")
    async with reading(actor, snapshot=snapshot) as session:
        yield session
