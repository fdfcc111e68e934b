"""What is known of positions beside our fills."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import to_json
from patriot_app.core.domain.accounts import AccountMode, Exchange
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
_HELD = text(
    """
    SELECT position.account_id, position.symbol, position.quantity, position.deployment_id,
           account.shard, account.exchange, account.mode
      FROM positions AS position JOIN accounts AS account ON account.id = position.account_id
     WHERE position.account_id = ANY(:accounts) AND position.position_side = 'BOTH'
       AND position.quantity <> 0
     ORDER BY position.account_id, position.symbol
    """
)


@dataclass(frozen=True, slots=True)
class HeldPosition:
    """A position that our books show open; signed quantity."""

    account_id: UUID
    shard: int
    exchange: Exchange
    mode: AccountMode
    symbol: str
    quantity: Decimal
    deployment_id: UUID | None


async def record_leverage(uow: UnitOfWork, settings: Sequence[tuple[UUID, str, int]]) -> None:
    """Note the leverage that accounts now have on symbols: (account, symbol, leverage)."""
    if not settings:
        return
    rows = [{"account_id": a, "symbol": s, "leverage": v} for a, s, v in settings]
    await uow.session.execute(_LEVERAGE, {"rows": to_json(rows)})
    for account_id, symbol, leverage in settings:
        uow.record(LeverageSet(account_id=account_id, symbol=symbol, leverage=leverage))


async def held(uow: UnitOfWork, accounts: Iterable[UUID]) -> list[HeldPosition]:
    """Return the open positions of accounts by our books."""
    rows = await uow.session.execute(_HELD, {"accounts": sorted(accounts)})
    return [
        HeldPosition(
            account_id=row.account_id,
            shard=row.shard,
            exchange=Exchange(row.exchange),
            mode=AccountMode(row.mode),
            symbol=row.symbol,
            quantity=row.quantity,
            deployment_id=row.deployment_id,
        )
        for row in rows
    ]
