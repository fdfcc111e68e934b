"""How positions were entered so far: asked only where settings allow more than one entry."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.targets import HeldEntries
from patriot_app.core.unit_of_work import UnitOfWork

_ENTERED = text(
    """
    SELECT position.account_id, position.wanted_stop AS stop,
           count(DISTINCT coalesce(intent.signal_id, intent.id)) AS entries, min(fill.price) AS lowest,
           max(fill.price) AS highest
      FROM positions AS position
      JOIN fills AS fill ON fill.account_id = position.account_id
       AND fill.symbol = position.symbol AND fill.traded_at >= position.opened_at
      JOIN attempts AS attempt ON attempt.id = fill.attempt_id
      JOIN intents AS intent ON intent.id = attempt.intent_id AND intent.leg = 'entry'
     WHERE position.account_id = ANY(:accounts) AND position.symbol = :symbol
       AND position.quantity <> 0 AND position.wanted_stop IS NOT NULL
     GROUP BY position.account_id, position.wanted_stop
    """
)


async def entered(
    uow: UnitOfWork, accounts: Sequence[UUID], symbol: str
) -> dict[UUID, HeldEntries]:
    """Return how the accounts' open positions on a symbol were entered; ours with a stop only."""
    rows = await uow.session.execute(_ENTERED, {"accounts": list(accounts), "symbol": symbol})
    return {
        row.account_id: HeldEntries(
            entries=row.entries,
            lowest_price=row.lowest,
            highest_price=row.highest,
            stop=row.stop,
        )
        for row in rows
    }
