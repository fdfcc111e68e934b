"""Read attempts for those who must act on them, and mark what is to be cancelled."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.db.attempt_rows import live_attempt
from patriot_app.core.db.maintenance_windows import IS_CLOSED
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState, Leg
from patriot_app.core.domain.sending import LiveAttempt
from patriot_app.core.ids import intent_id
from patriot_app.core.unit_of_work import UnitOfWork

_COLUMNS = """
    SELECT attempt.id AS attempt_id, attempt.number, attempt.client_order_id,
           attempt.state AS attempt_state, attempt.timestamp_ms, attempt.receive_window_ms,
           attempt.epoch, attempt.exchange_order_id, attempt.filled_quantity, attempt.created_at,
           attempt.sending_at, attempt.cancel_requested_at, attempt.triggered_order_id, intent.*, account.mode
      FROM attempts AS attempt
      JOIN intents AS intent ON intent.id = attempt.intent_id
      JOIN accounts AS account ON account.id = attempt.account_id
"""
_BY_SHARD = text(
    _COLUMNS
    + " WHERE attempt.shard = ANY(:shards) AND attempt.state = ANY(:states)"
    + " ORDER BY attempt.created_at, attempt.id"
)
_BY_ID = text(_COLUMNS + " WHERE attempt.id = ANY(:ids) ORDER BY attempt.id")
_WORKING = text(
    _COLUMNS
    + f" WHERE attempt.account_id = :account_id AND attempt.state IN ({in_list(WORKING)})"
    + " AND attempt.shard = account.shard ORDER BY attempt.id"
)
_IN_DOUBT = text(
    _COLUMNS
    + " WHERE attempt.account_id = :account_id AND attempt.shard = account.shard"
    + " AND attempt.state IN ('unknown', 'quarantined') ORDER BY attempt.id"
)
_UNHEARD = text(
    _COLUMNS
    + f" WHERE attempt.shard = ANY(:shards) AND attempt.state IN ({in_list(WORKING)})"
    + " AND coalesce(attempt.sending_at, attempt.created_at) < :before"
    + " AND (intent.leg NOT IN ('stop_loss', 'take_profit')"
    + " OR attempt.triggered_order_id IS NOT NULL) ORDER BY attempt.created_at, attempt.id"
)
_UNBOOKED = text(
    _COLUMNS
    + " WHERE intent.shard = ANY(:shards) AND intent.state = 'executing'"
    + " AND attempt.state IN ('filled', 'canceled', 'expired') AND attempt.filled_quantity > 0"
    + " AND attempt.resolved_at < :before ORDER BY attempt.created_at, attempt.id"
)
_STRANGE = text(
    """
    SELECT traded FROM unnest(CAST(:orders AS text[])) AS traded
     WHERE NOT EXISTS (SELECT 1 FROM attempts AS known WHERE known.account_id = :account_id
                          AND traded IN (known.exchange_order_id, known.triggered_order_id))
       AND NOT EXISTS (SELECT 1 FROM fills AS fill WHERE fill.account_id = :account_id
                          AND fill.exchange_order_id = traded)
     ORDER BY traded
    """
)
_UNSENT = text(
    """
    SELECT attempt.id FROM intents AS intent JOIN attempts AS attempt
        ON attempt.intent_id = intent.id
     WHERE intent.signal_id = :signal_id AND attempt.state = 'created' AND intent.slice <= 1
       AND attempt.shard = ANY(:shards)
    """
)
_KNOWN = text("SELECT id FROM intents WHERE id = ANY(:ids)")
_IN_BOOKS = text(
    "SELECT client_order_id FROM attempts"
    " WHERE account_id = :account_id AND client_order_id = ANY(:ids)"
)
_ANY_ON = text(
    """
    SELECT EXISTS (SELECT 1 FROM intents AS intent JOIN attempts AS attempt
                       ON attempt.intent_id = intent.id
                    WHERE intent.account_id = :account_id AND intent.symbol = :symbol
                      AND attempt.sending_at IS NOT NULL)
    """
)
_SYMBOLS = text(
    """
    SELECT symbol FROM allocations WHERE account_id = :account_id AND released_at IS NULL
    UNION SELECT symbol FROM positions WHERE account_id = :account_id
    ORDER BY 1
    """
)
_SYMBOLS_OPEN = text(
    f"""
    SELECT symbol FROM positions
     WHERE account_id = :account_id AND (quantity <> 0 OR exchange_quantity <> 0)
    UNION
    SELECT intent.symbol FROM accounts AS account
      JOIN intents AS intent ON intent.account_id = account.id AND intent.shard = account.shard
     WHERE account.id = :account_id AND intent.state IN ('planned', 'executing', 'blocked')
    UNION
    SELECT intent.symbol FROM accounts AS account
      JOIN attempts AS attempt
        ON attempt.account_id = account.id AND attempt.shard = account.shard
      JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE account.id = :account_id AND attempt.state IN ({in_list({AttemptState.CREATED} | IN_FLIGHT | WORKING)})
    UNION
    SELECT symbol FROM allocations AS allocation
     WHERE account_id = :account_id AND released_at IS NULL AND NOT EXISTS (
           SELECT 1 FROM fill_cursors AS read
            WHERE read.account_id = :account_id AND read.symbol = allocation.symbol)
    ORDER BY 1
    """  # noqa: S608
)
_WITH_OPEN = text(
    f"""
    SELECT account_id FROM attempts
     WHERE shard = :shard AND state IN ({in_list({AttemptState.CREATED} | IN_FLIGHT | WORKING)})
    UNION
    SELECT position.account_id FROM positions AS position
      JOIN accounts AS account ON account.id = position.account_id
     WHERE account.shard = :shard AND position.quantity <> 0
    """  # noqa: S608
)
_CANCEL = text(
    f"""
    UPDATE attempts AS attempt SET cancel_requested_at = :now,
           cancel_cause = coalesce(nullif(attempt.cancel_cause, ''), :cause)
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, epoch bigint),
           shard_leases AS lease
     WHERE attempt.id = row.id AND attempt.state IN ({in_list(WORKING)})
       AND (attempt.cancel_requested_at IS NULL OR attempt.cancel_requested_at < :again)
       AND lease.shard = attempt.shard AND lease.owner = :owner AND lease.epoch = row.epoch
       AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()
       AND NOT EXISTS (
           SELECT 1 FROM halts AS halt JOIN accounts AS account ON account.id = attempt.account_id
            WHERE halt.lifted_at IS NULL AND halt.level = 4
              AND (halt.scope = 'desk'
                   OR (halt.scope = 'exchange' AND halt.scope_id = account.exchange)
                   OR (halt.scope = 'client' AND halt.scope_id = account.client_id::text)
                   OR (halt.scope = 'account' AND halt.scope_id = account.id::text)
                   OR (halt.scope = 'strategy' AND halt.scope_id = (
                       SELECT deployment.strategy_id::text FROM intents AS intent
                         JOIN deployments AS deployment ON deployment.id = intent.deployment_id
                        WHERE intent.id = attempt.intent_id))))
       AND NOT EXISTS (
           SELECT 1 FROM accounts AS account WHERE account.id = attempt.account_id AND {IS_CLOSED})
    RETURNING attempt.id
    """  # noqa: S608
)


async def of_shards(
    uow: UnitOfWork, shards: Sequence[int], states: Iterable[AttemptState]
) -> list[LiveAttempt]:
    """Return the shards' attempts in these states, oldest first."""
    rows = await uow.session.execute(
        _BY_SHARD, {"shards": list(shards), "states": [state.value for state in states]}
    )
    return [live_attempt(row) for row in rows]


async def by_ids(uow: UnitOfWork, attempt_ids: Iterable[UUID]) -> list[LiveAttempt]:
    """Return attempts by id."""
    ids = list(attempt_ids)
    if not ids:
        return []
    rows = await uow.session.execute(_BY_ID, {"ids": ids})
    return [live_attempt(row) for row in rows]


async def working(uow: UnitOfWork, account_id: UUID) -> list[LiveAttempt]:
    """Return what rests at the exchange for an account, protective legs included."""
    rows = await uow.session.execute(_WORKING, {"account_id": account_id})
    return [live_attempt(row) for row in rows]


async def unheard(uow: UnitOfWork, shards: Sequence[int], *, before: datetime) -> list[LiveAttempt]:
    """Return orders, quiet since a moment, that work (legs: triggered) or miss their trades."""
    values, execute = {"shards": list(shards), "before": before}, uow.session.execute
    rows = [*await execute(_UNHEARD, values), *await execute(_UNBOOKED, values)]
    return [live_attempt(row) for row in rows]


async def in_doubt(uow: UnitOfWork, account_id: UUID) -> list[LiveAttempt]:
    """Return an account's attempts that may or may not exist."""
    rows = await uow.session.execute(_IN_DOUBT, {"account_id": account_id})
    return [live_attempt(row) for row in rows]


async def strange_orders(
    uow: UnitOfWork, account_id: UUID, exchange_order_ids: Iterable[str]
) -> list[str]:
    """Return which of these orders nothing in our books speaks of."""
    rows = await uow.session.execute(
        _STRANGE, {"account_id": account_id, "orders": sorted(exchange_order_ids)}
    )
    return list(rows.scalars())


async def unsent_of(uow: UnitOfWork, signal_id: UUID, shards: Sequence[int]) -> list[LiveAttempt]:
    """Return what was recorded for a signal and never sent: found after a crash; no later slices."""
    rows = await pipeline.rows(
        uow.session, _UNSENT, {"signal_id": signal_id, "shards": list(shards)}
    )
    if not rows:
        return []
    found = await by_ids(uow, [row.id for row in rows])
    # The entry of a reversal waits for the exit of the same signal.
    exits = {
        live.ready.attempt_id: intent_id(
            signal_id=signal_id, account_id=live.ready.order.account_id, leg=Leg.EXIT.value
        )
        for live in found
        if live.ready.order.leg is Leg.ENTRY
    }
    known = set(
        (await uow.session.execute(_KNOWN, {"ids": list(exits.values())})).scalars()
        if exits
        else ()
    )
    return [_waiting(live, exits.get(live.ready.attempt_id), known) for live in found]


async def in_books(uow: UnitOfWork, account_id: UUID, client_order_ids: Iterable[str]) -> set[str]:
    """Return which of these orders of an account we ever recorded."""
    found = await uow.session.execute(
        _IN_BOOKS, {"account_id": account_id, "ids": sorted(client_order_ids)}
    )
    return set(found.scalars())


async def any_on(uow: UnitOfWork, account_id: UUID, symbol: str) -> bool:
    """Tell whether an order of ours was ever sent for a symbol of an account."""
    found = await uow.session.execute(_ANY_ON, {"account_id": account_id, "symbol": symbol})
    return bool(found.scalar_one())


async def symbols_of(uow: UnitOfWork, account_id: UUID) -> list[str]:
    """Return the symbols that an account may trade or has traded through us."""
    rows = await uow.session.execute(_SYMBOLS, {"account_id": account_id})
    return list(rows.scalars())


async def symbols_open(uow: UnitOfWork, account_id: UUID) -> list[str]:
    """Return the symbols that an account has a position or an order of, or never read trades of.

    Of the others no order of ours rests and no trade of ours can be missing.
    """
    rows = await uow.session.execute(_SYMBOLS_OPEN, {"account_id": account_id})
    return list(rows.scalars())


async def accounts_with_open(uow: UnitOfWork, shard: int) -> set[UUID]:
    """Return the shard's accounts with a position, or an order that may still trade."""
    return set((await uow.session.execute(_WITH_OPEN, {"shard": shard})).scalars())


async def mark_cancelling(
    uow: UnitOfWork,
    epochs: Sequence[tuple[UUID, int]],
    *,
    owner: str,
    again: datetime,
    cause: str = "",
) -> set[UUID]:
    """Return the working attempts whose cancel may be sent now under the lease's epoch.

    A cancel has no attempt of its own: its record is this mark on the order it withdraws, and
    sending it twice cannot cancel anything else.

    Args:
        epochs: (attempt, epoch) pairs.
        again: a cancel asked for before this wall time had no effect and may be sent once more.
        cause: kept with the order; the first one stays.
    """
    rows = [{"id": attempt_id, "epoch": epoch} for attempt_id, epoch in epochs]
    marked = await uow.session.execute(
        _CANCEL,
        {
            "rows": to_json(rows),
            "owner": owner,
            "now": uow.now,
            "again": again,
            "cause": cause,
        },
    )
    uow.touch("orders")
    return set(marked.scalars())


def _waiting(live: LiveAttempt, exit_intent: UUID | None, known: set[UUID]) -> LiveAttempt:
    if exit_intent not in known:
        return live
    order = replace(live.ready.order, waits_for=exit_intent)
    return replace(live, ready=replace(live.ready, order=order))
