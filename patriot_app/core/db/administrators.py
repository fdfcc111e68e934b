"""Somebody must always be left who administers the desk."""

from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.locks import lock
from patriot_app.core.errors import Refused

# Who never set a password cannot come in, so he is not somebody who is left.
_OTHERS = text(
    "SELECT count(*) FROM users WHERE 'admin' = ANY(roles) AND status = 'active'"
    " AND password_hash IS NOT NULL AND id <> :user_id"
)


async def need_another_administrator(session: AsyncSession, user_id: UUID) -> None:
    """Refuse to lose an administrator unless another one can still sign in.

    Two who are taken away at the same time wait for each other.

    Raises:
        Refused: he is the last one.
    """
    await lock(session, "administrators", "")
    if not (await session.execute(_OTHERS, {"user_id": user_id})).scalar_one():
        raise Refused("Somebody must be left who administers the desk")
