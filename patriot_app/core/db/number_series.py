"""Numbers without gaps: taken in the transaction that uses them, given back if it fails."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

_TAKE = text(
    """
    INSERT INTO number_series (name, last) VALUES (:name, :count)
    ON CONFLICT (name) DO UPDATE SET last = number_series.last + :count
    RETURNING last
    """
)


async def take(session: AsyncSession, series: str, count: int) -> list[int]:
    """Take the next numbers of a series; whoever comes next waits for the end of this transaction."""
    if count == 0:
        return []
    last = (await session.execute(_TAKE, {"name": series, "count": count})).scalar_one()
    return list(range(last - count + 1, last + 1))
