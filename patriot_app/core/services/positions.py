"""What is set on positions beside our fills."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.events import LeverageSet
from patriot_app.core.unit_of_work import UnitOfWork

_LEVERAGE = text(
    """
    INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price, realised_pnl,
                           commission, leverage)
    SELECT row.account_id, row.symbol, 'BOTH', 0, 0, 0, 0, row.leverage
      FROM json_to_recordset(CAST(:rows AS json))
           AS row(account_id uuid, symbol text, leverage integer)
     ORDER BY row.account_id, row.symbol
    ON CONFLICT (account_id, symbol, position_side) DO UPDATE SET leverage = excluded.leverage
    """
)
_SHARD = text("SELECT shard FROM accounts WHERE id = :account_id")


async def record_leverage(uow: UnitOfWork, settings: Sequence[tuple[UUID, str, int]]) -> None:
    """Note the leverage that accounts now have on symbols: (account, symbol, leverage)."""
    if not settings:
        return
    rows = [{"account_id": a, "symbol": s, "leverage": v} for a, s, v in settings]
    await uow.session.execute(_LEVERAGE, {"rows": to_json(rows)})
    for account_id, symbol, leverage in settings:
        uow.record(LeverageSet(account_id=account_id, symbol=symbol, leverage=leverage))


async def shard_of(uow: UnitOfWork, account_id: UUID) -> int:
    """Return the shard of an account."""
    return int((await uow.session.execute(_SHARD, {"account_id": account_id})).scalar_one())
