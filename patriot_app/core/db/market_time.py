"""What time it is in the market, as the one row that every process reads says."""

from datetime import datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.clock import MarketClock, identity_market_clock

_ROW = text("SELECT wall_origin, market_origin, speed, is_paused FROM market_clock")


async def market_clock(session: AsyncSession, *, wall: datetime) -> MarketClock:
    """Return the mapping of wall time to market time; without a row they are the same."""
    row = (await session.execute(_ROW)).one_or_none()
    return identity_market_clock(wall) if row is None else MarketClock(*row)


async def market_now(session: AsyncSession, *, wall: datetime) -> datetime:
    """Return the market time at a wall time."""
    return (await market_clock(session, wall=wall)).at(wall)
