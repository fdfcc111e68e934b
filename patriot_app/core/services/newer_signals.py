"""Which accounts a newer signal has passed: fan-outs of one instrument may be planned out of order.

A plan whose transaction failed is made again, and meanwhile the next signal may have been planned. An
entry that came after the close that followed it would stay open although its strategy is out.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.domain.reasons import SkipReason
from patriot_app.core.domain.sending import RecordedSignal
from patriot_app.core.domain.signals import SignalAction
from patriot_app.core.unit_of_work import UnitOfWork

# An entry gives way to whatever is newer. A close goes on until a newer entry has been decided: only
# then the position is that entry's, while one that was refused would leave it open.
_OVERTAKEN = text(
    """
    SELECT DISTINCT account.id
      FROM signals AS this
      JOIN signals AS newer ON newer.created_at > this.created_at
       AND newer.deployment_id = this.deployment_id AND newer.symbol = this.symbol
      JOIN unnest(CAST(:accounts AS uuid[])) AS account(id)
        ON newer.accounts IS NULL OR account.id = ANY(newer.accounts)
     WHERE this.id = :signal_id
       AND (this.action <> :close OR (newer.action <> :close AND EXISTS (
            SELECT 1 FROM fan_out_accounts AS decided
             WHERE decided.signal_id = newer.id AND decided.account_id = account.id
               AND (decided.decision = 'planned' OR decided.reason_code = :held))))
    """
)


async def overtaken(
    uow: UnitOfWork, recorded: RecordedSignal, accounts: Sequence[UUID]
) -> frozenset[UUID]:
    """Return those of the accounts for which a newer signal took this one's place.

    Their rows are locked by then: whoever plans the newer signal has done so or sees our orders.
    """
    rows = await pipeline.rows(
        uow.session,
        _OVERTAKEN,
        {
            "signal_id": recorded.signal_id,
            "accounts": list(accounts),
            "close": SignalAction.CLOSE.value,
            "held": SkipReason.ALREADY_IN_POSITION.value,
        },
    )
    return frozenset(row.id for row in rows)
