"""Whose turn it is in a fan-out: the accounts of some shards in the order in which they are served."""

from collections.abc import Sequence

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.domain import fan_outs
from patriot_app.core.domain.sending import PartInTurn, RecordedSignal
from patriot_app.core.unit_of_work import UnitOfWork

_ACCOUNTS = text(
    """
    SELECT account.id, decided.place
      FROM allocations AS allocation JOIN accounts AS account ON account.id = allocation.account_id
      LEFT JOIN fan_out_accounts AS decided
        ON decided.signal_id = :signal_id AND decided.account_id = account.id
     WHERE allocation.deployment_id = :deployment_id AND allocation.symbol = :symbol
       AND allocation.released_at IS NULL AND account.shard = ANY(:shards)
     ORDER BY account.id
    """
)


async def in_turn(uow: UnitOfWork, recorded: RecordedSignal, shards: Sequence[int]) -> PartInTurn:
    """Return the accounts of the shards that this signal has no decision for yet, in their turn.

    After a crash the same shards are served in the same order, from where it was left, and the
    places are counted on.
    """
    rows = await pipeline.rows(
        uow.session,
        _ACCOUNTS,
        {
            "signal_id": recorded.signal_id,
            "deployment_id": recorded.deployment_id,
            "symbol": recorded.signal.symbol,
            "shards": list(shards),
        },
    )
    only = recorded.only
    wanted = [row for row in rows if only is None or row.id in only]
    places = {row.id: row.place for row in wanted if row.place is not None}
    served = fan_outs.in_turn([row.id for row in wanted], recorded.turn)
    return PartInTurn(
        first=served[0] if served else None,
        undecided=[account for account in served if account not in places],
        next_place=max(places.values(), default=-1) + 1,
    )
