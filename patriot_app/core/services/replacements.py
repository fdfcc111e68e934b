"""The books of an entry that is replaced: its order ends first, then one for the rest is written.

The change stays REPLACING from the decision to cancel until the successor is written, so that a
process that takes over in between goes on where the last one stopped.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.replacement_rows import LIVE_INTENTS
from patriot_app.core.domain.amendments import Replaced
from patriot_app.core.domain.attempts import ENDED
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState
from patriot_app.core.unit_of_work import UnitOfWork

_LIVE = in_list({AttemptState.CREATED} | IN_FLIGHT | WORKING)
_WAITING = text(
    "SELECT id, attempt_id FROM amendments WHERE shard = ANY(:shards) AND state = 'replacing'"
    " ORDER BY id"
)
# As a plan does: who decides about the account holds its row, and reads only then.
_LOCK = text(
    "SELECT 1 FROM account_states WHERE account_id = :account_id ORDER BY account_id FOR UPDATE"
)
_ENDED = text(
    f"""
    SELECT attempt.filled_quantity, attempt.cancel_cause,
           coalesce((SELECT sum(position.quantity) FROM positions AS position
                      WHERE position.account_id = intent.account_id
                        AND position.symbol = intent.symbol), 0) AS held,
           coalesce(intent.expires_at <= :market_now, false) AS is_expired,
           EXISTS (SELECT 1 FROM intents AS other LEFT JOIN attempts AS order_
                       ON order_.intent_id = other.id
                    WHERE other.account_id = intent.account_id AND other.symbol = intent.symbol
                      AND other.shard = intent.shard AND other.id <> intent.id
                      AND other.leg IN ('entry', 'exit')
                      AND (other.state IN ({LIVE_INTENTS}) OR order_.state IN ({_LIVE}))) AS is_busy,
           EXISTS (SELECT 1 FROM signals AS newer JOIN signals AS own ON own.id = intent.signal_id
                    WHERE newer.deployment_id = own.deployment_id AND newer.symbol = own.symbol
                      AND newer.created_at > own.created_at
                      AND (newer.accounts IS NULL OR intent.account_id = ANY(newer.accounts)))
               AS is_superseded
      FROM amendments AS amendment
      JOIN attempts AS attempt ON attempt.id = amendment.attempt_id
      JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE amendment.id = :id AND amendment.state = 'replacing'
       AND attempt.state IN ({in_list(ENDED)}) AND intent.state NOT IN ({LIVE_INTENTS})
    """  # noqa: S608
)


async def waiting(uow: UnitOfWork, shards: Sequence[int]) -> dict[UUID, UUID]:
    """Return the shards' changes that wait for the end of their order, with that order."""
    rows = await uow.session.execute(_WAITING, {"shards": list(shards)})
    return {row.id: row.attempt_id for row in rows}


async def ended(
    uow: UnitOfWork, amendment_id: UUID, account_id: UUID, *, market_now: datetime
) -> Replaced | None:
    """Lock the account; return what became of the order that is replaced, None while it lives.

    An order is over only when its trades are booked: the rest is the whole less every one of them.
    """
    await uow.session.execute(_LOCK, {"account_id": account_id})
    bound = {"id": amendment_id, "market_now": market_now}
    row = (await uow.session.execute(_ENDED, bound)).one_or_none()
    if row is None:
        return None
    return Replaced(
        filled_quantity=row.filled_quantity,
        cancel_cause=row.cancel_cause,
        held_quantity=row.held,
        has_other_orders=row.is_busy,
        is_superseded=row.is_superseded,
        is_expired=row.is_expired,
    )
