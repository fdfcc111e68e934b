"""Entries that rest at an exchange: which of them end now, and which give way to a newer signal."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.entries import WARN_BEFORE, EntryScope, WithdrawalCause
from patriot_app.core.domain.events import EntryExpiresSoon
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState
from patriot_app.core.unit_of_work import UnitOfWork

_WORKING = in_list(WORKING)
_LIVE = in_list({AttemptState.CREATED} | IN_FLIGHT | WORKING)

# A rest whose position was closed would open another one, long after its decision. The trades are
# counted, since an order is told of before its trade is.
_DUE = text(
    f"""
    SELECT attempt.id,
           CASE WHEN attempt.cancel_requested_at IS NOT NULL THEN 'resumed'
                WHEN intent.expires_at <= :market_now THEN 'expired'
                ELSE 'position_closed' END AS cause
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.shard = ANY(:shards) AND attempt.state IN ({_WORKING})
       AND intent.leg = 'entry' AND intent.order_type <> 'MARKET'
       AND (attempt.cancel_requested_at IS NULL OR attempt.cancel_requested_at < :again)
       AND (attempt.cancel_requested_at IS NOT NULL OR intent.expires_at <= :market_now
            OR ((attempt.filled_quantity > 0 OR EXISTS (
                    SELECT 1 FROM attempts AS earlier JOIN intents AS chain
                      ON chain.id = earlier.intent_id
                     WHERE intent.replaces IN (chain.id, chain.replaces)
                       AND earlier.filled_quantity > 0))
                AND attempt.filled_quantity = (SELECT coalesce(sum(fill.quantity), 0)
                                                 FROM fills AS fill
                                                WHERE fill.attempt_id = attempt.id)
                AND EXISTS (SELECT 1 FROM positions AS position
                             WHERE position.account_id = attempt.account_id
                               AND position.symbol = intent.symbol AND position.quantity = 0)
                AND NOT EXISTS (SELECT 1 FROM attempts AS leaving
                                  JOIN intents AS way_out ON way_out.id = leaving.intent_id
                                 WHERE leaving.shard = attempt.shard
                                   AND leaving.account_id = attempt.account_id
                                   AND leaving.state IN ({_LIVE})
                                   AND way_out.leg = 'exit' AND way_out.symbol = intent.symbol)))
     ORDER BY attempt.id
    """  # noqa: S608
)
_SUPERSEDED = text(
    f"""
    SELECT attempt.id
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
      JOIN signals AS older ON older.id = intent.signal_id
      JOIN signals AS newer ON newer.id = :signal_id
     WHERE attempt.shard = ANY(:shards) AND attempt.account_id = ANY(:accounts)
       AND attempt.state IN ({_WORKING}) AND intent.symbol = newer.symbol
       AND intent.leg = 'entry' AND intent.order_type <> 'MARKET'
       AND older.created_at < newer.created_at
     ORDER BY attempt.id
    """  # noqa: S608
)
_RESTING = text(
    f"""
    SELECT attempt.id
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.shard = ANY(:shards) AND attempt.state IN ({_WORKING})
       AND intent.leg = 'entry' AND intent.order_type <> 'MARKET'
     ORDER BY attempt.id
    """  # noqa: S608
)
_IN_SCOPE = text(
    f"""
    SELECT attempt.id
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.shard = :shard AND attempt.state IN ({_WORKING}) AND intent.leg = 'entry'
       AND (:scope = 'desk' OR (:scope = 'account' AND attempt.account_id::text = :scope_id)
            OR (:scope = 'deployment' AND intent.deployment_id::text = :scope_id))
     ORDER BY attempt.id
    """  # noqa: S608
)
# Told once; an entry that lives no longer than twice the warning was made with its end in sight.
_TELL = text(
    f"""
    UPDATE intents AS intent SET expiry_told_at = :now
      FROM attempts AS attempt, signals AS signal
     WHERE attempt.intent_id = intent.id AND signal.id = intent.signal_id
       AND attempt.shard = ANY(:shards) AND attempt.state IN ({_WORKING})
       AND intent.leg = 'entry' AND intent.expiry_told_at IS NULL
       AND intent.expires_at > :market_now AND intent.expires_at <= :soon
       AND intent.expires_at > signal.bar_closed_at + 2 * CAST(:warning AS interval)
    RETURNING intent.id, intent.account_id, intent.symbol, intent.expires_at,
              attempt.client_order_id
    """  # noqa: S608
)


async def due(
    uow: UnitOfWork, shards: Sequence[int], *, market_now: datetime, again: datetime
) -> dict[UUID, WithdrawalCause]:
    """Return the resting entries that are to be taken back now, and why.

    Args:
        again: one whose cancel was asked for before this wall time and still works is asked again:
            the process that wanted it gone may be gone itself.
    """
    rows = await uow.session.execute(
        _DUE, {"shards": list(shards), "market_now": market_now, "again": again}
    )
    return {row.id: WithdrawalCause(row.cause) for row in rows}


async def superseded_by(
    uow: UnitOfWork, signal_id: UUID, accounts: Iterable[UUID], *, shards: Sequence[int]
) -> list[UUID]:
    """Return the accounts' resting entries of older signals on a signal's instrument."""
    rows = await uow.session.execute(
        _SUPERSEDED,
        {"signal_id": signal_id, "accounts": sorted(accounts), "shards": list(shards)},
    )
    return list(rows.scalars())


async def resting(uow: UnitOfWork, shards: Sequence[int]) -> list[UUID]:
    """Return every entry of the shards that rests at its exchange."""
    return list((await uow.session.execute(_RESTING, {"shards": list(shards)})).scalars())


async def in_scope(uow: UnitOfWork, shard: int, scope: EntryScope, scope_id: str) -> list[UUID]:
    """Return the working entries of a shard that a scope covers."""
    rows = await uow.session.execute(
        _IN_SCOPE, {"shard": shard, "scope": scope.value, "scope_id": scope_id}
    )
    return list(rows.scalars())


async def tell_of_expiry(uow: UnitOfWork, shards: Sequence[int], *, market_now: datetime) -> int:
    """Announce once each entry that will be taken back soon; return how many."""
    rows = (
        await uow.session.execute(
            _TELL,
            {
                "shards": list(shards),
                "market_now": market_now,
                "soon": market_now + WARN_BEFORE,
                "warning": WARN_BEFORE,
                "now": uow.now,
            },
        )
    ).all()
    for row in rows:
        uow.record(
            EntryExpiresSoon(
                subject=row.id,
                account_id=row.account_id,
                symbol=row.symbol,
                client_order_id=row.client_order_id,
                expires_at=row.expires_at,
            )
        )
    return len(rows)
