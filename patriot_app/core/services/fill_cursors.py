"""How far the trades of an account have been read from its exchange."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.unit_of_work import UnitOfWork

_CURSOR = text(
    "SELECT cursor FROM fill_cursors WHERE account_id = :account_id AND symbol = :symbol"
)
_MOVE_CURSOR = text(
    """
    INSERT INTO fill_cursors (account_id, symbol, cursor, read_at)
    VALUES (:account_id, :symbol, :cursor, :now)
    ON CONFLICT (account_id, symbol) DO UPDATE SET cursor = excluded.cursor, read_at = :now
    """
)

_FIRST = text(
    "SELECT symbol, min(traded_at) AS first FROM fills"
    " WHERE account_id = :account_id AND attempt_id IS NOT NULL GROUP BY symbol ORDER BY symbol"
)


async def cursor(uow: UnitOfWork, account_id: UUID, symbol: str) -> str | None:
    """Return how far the trades of an account were read; None if never."""
    found = await uow.session.execute(_CURSOR, {"account_id": account_id, "symbol": symbol})
    return found.scalar_one_or_none()


async def move_cursor(uow: UnitOfWork, account_id: UUID, symbol: str, value: str) -> None:
    """Note how far the trades were read, in the transaction that records them."""
    await uow.session.execute(
        _MOVE_CURSOR,
        {"account_id": account_id, "symbol": symbol, "cursor": value, "now": uow.now},
    )


async def first_trades(uow: UnitOfWork, account_id: UUID) -> dict[str, datetime]:
    """Return the market time of our first trade per symbol; what came before is its owner's."""
    found = await uow.session.execute(_FIRST, {"account_id": account_id})
    return {row.symbol: row.first for row in found}
