"""Is an account locked down? Asked by whoever would let it trade again."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKED = text(
    "SELECT EXISTS (SELECT 1 FROM lockdowns WHERE account_id::text = :account AND state = 'open')"
)


async def is_locked_down(session: AsyncSession, account_id: str) -> bool:
    """Tell whether a lockdown of the account waits for its investigation."""
    return bool((await session.execute(_LOCKED, {"account": account_id})).scalar_one())
