"""Which accounts a halt clears up, and what it leaves of their positions: written with the halt."""

from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.notify import HALTS, notify
from patriot_app.core.domain.halts import HaltLevel, HaltScope

_COVERED = {
    HaltScope.DESK: "true",
    HaltScope.EXCHANGE: "a.exchange = :scope_id",
    HaltScope.STRATEGY: (
        "a.id IN (SELECT l.account_id FROM allocations AS l"
        " JOIN deployments AS d ON d.id = l.deployment_id"
        " WHERE d.strategy_id::text = :scope_id AND l.released_at IS NULL)"
    ),
    HaltScope.CLIENT: "a.client_id::text = :scope_id",
    HaltScope.ACCOUNT: "a.id::text = :scope_id",
}
# The accounts of a scope with what they hold: the largest are cleared up first.
_CLEAR_UP = """
    INSERT INTO halt_accounts (halt_id, account_id, shard, state, notional)
    SELECT :halt_id, a.id, a.shard, 'waiting', coalesce(held.notional, 0)
      FROM accounts AS a
      LEFT JOIN LATERAL (
           SELECT sum(abs(p.quantity * coalesce(p.mark_price, p.entry_price)
                          * coalesce(n.contract_size, 1))) AS notional
             FROM positions AS p
             LEFT JOIN instruments AS n ON n.exchange = a.exchange AND n.symbol = p.symbol
            WHERE p.account_id = a.id AND p.quantity <> 0) AS held ON true
     WHERE a.status <> 'disabled' AND {covered}
    RETURNING account_id
"""
# Fixed with the halt: asked for again after a crash, half is still half of what was held then.
_REDUCE = text(
    "INSERT INTO halt_reductions (halt_id, account_id, symbol, quantity_kept)"
    " SELECT c.halt_id, p.account_id, p.symbol, abs(sum(p.quantity)) * :keep"
    " FROM halt_accounts AS c JOIN positions AS p ON p.account_id = c.account_id"
    " WHERE c.halt_id = :halt_id GROUP BY c.halt_id, p.account_id, p.symbol"
    " HAVING sum(p.quantity) <> 0"
)

_KEPT = text(
    "SELECT symbol, quantity_kept FROM halt_reductions"
    " WHERE halt_id = :halt_id AND account_id = :account_id ORDER BY symbol"
)


async def write(
    session: AsyncSession,
    halt_id: UUID,
    *,
    scope: HaltScope,
    scope_id: str,
    level: HaltLevel,
    keep: Decimal | None,
) -> int:
    """Write which accounts are to be cleared up, return how many; K1 and K4 touch nothing.

    Args:
        keep: share of each position that stays at K2; None leaves positions alone.
    """
    if level not in {HaltLevel.CANCEL_ENTRIES, HaltLevel.FLATTEN}:
        return 0
    assert keep is None or (level is HaltLevel.CANCEL_ENTRIES and 0 < keep < 1)
    bound = {"halt_id": halt_id} | ({} if scope is HaltScope.DESK else {"scope_id": scope_id})
    # Only texts of this module are joined; the values are bound.
    statement = text(_CLEAR_UP.format(covered=_COVERED[scope]))
    written = len((await session.execute(statement, bound)).all())
    if written and keep is not None:
        await session.execute(_REDUCE, {"halt_id": halt_id, "keep": keep})
    if written:
        await notify(session, HALTS)
    return written


async def kept(session: AsyncSession, halt_id: UUID, account_id: UUID) -> dict[str, Decimal]:
    """Return what a halt leaves of positions by symbol, in contract units; {} reduces nothing."""
    bound = {"halt_id": halt_id, "account_id": account_id}
    return {row.symbol: row.quantity_kept for row in await session.execute(_KEPT, bound)}
