"""Load one row to change it."""

from typing import TypeVar
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.errors import NotFound

T = TypeVar("T")


async def get_for_update(session: AsyncSession, kind: type[T], identity: UUID) -> T:
    """Return a row, locked to the end of the transaction.

    Raises:
        NotFound: there is none, or the actor may not see it.
    """
    row = await session.get(kind, identity, with_for_update=True)
    if row is None:
        raise NotFound(f"{kind.__name__} {identity} does not exist")
    return row
