"""Write what is decided: intents with their attempts, before anything is sent.

Ids derive from the cause, so planning twice after a crash writes nothing new. Everything works on
chunks: one statement for all accounts of a fan-out, whatever their number.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.domain.accounts import ENVIRONMENT_LETTER
from patriot_app.core.domain.events import OrderPlanned, OrderVoided
from patriot_app.core.domain.orders import (
    ATTEMPT_TRANSITIONS,
    INTENT_TRANSITIONS,
    AttemptState,
    IntentState,
)
from patriot_app.core.domain.sending import NewOrder, ReadyAttempt
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.ids import client_order_id, derived_id
from patriot_app.core.unit_of_work import UnitOfWork

# Intents and their first attempts in one statement; what was there already is passed over.
_OPEN = text(
    """
    WITH row AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid,
            exchange text, symbol text, shard smallint, signal_id uuid, command_id uuid,
            deployment_id uuid, leg text, side text, order_type text, time_in_force text,
            quantity numeric, price numeric, trigger_price numeric, stop_loss numeric,
            take_profit numeric, leverage integer, reduce_only boolean, close_position boolean,
            reserved_notional numeric, deadline timestamptz, expires_at timestamptz,
            replaces uuid, slice smallint, slices smallint, starts_at timestamptz,
            attempt_id uuid, client_order_id text)
    ), intent AS (
        INSERT INTO intents (id, account_id, exchange, symbol, shard, signal_id, command_id,
            deployment_id, leg, side, order_type, time_in_force, quantity, price, trigger_price,
            stop_loss, take_profit, leverage, reduce_only, close_position, reserved_notional,
            deadline, expires_at, replaces, slice, slices, starts_at, state, attempt_count)
        SELECT id, account_id, exchange, symbol, shard, signal_id, command_id, deployment_id, leg,
            side, order_type, time_in_force, quantity, price, trigger_price, stop_loss,
            take_profit, leverage, reduce_only, close_position, reserved_notional, deadline,
            expires_at, replaces, slice, slices, starts_at, 'planned', 1
          FROM row
        ON CONFLICT DO NOTHING
    )
    INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state)
    SELECT row.attempt_id, row.id, 1, row.client_order_id, row.account_id, row.shard, 'created'
      FROM row
    ON CONFLICT DO NOTHING
    RETURNING id
    """
)
_ATTEMPTS = text(
    """
    INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state)
    SELECT row.id, row.intent_id, row.number, row.client_order_id, row.account_id, row.shard,
           'created'
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, intent_id uuid, number smallint,
        client_order_id text, account_id uuid, shard smallint)
    ON CONFLICT DO NOTHING
    RETURNING id
    """
)
_VOID = text(
    f"""
    WITH voided AS (
        UPDATE attempts AS attempt SET state = 'void', resolved_at = :now, evidence = :reason
         WHERE attempt.id = ANY(:ids)
           AND attempt.state IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, AttemptState.VOID))})
           AND EXISTS (SELECT 1 FROM shard_leases AS lease
                        WHERE lease.shard = attempt.shard AND lease.owner = :owner)
           -- An order that waits for the look-up of an earlier one is not ours to give up here.
           AND attempt.timestamp_ms IS NULL
        RETURNING attempt.id, attempt.intent_id, attempt.account_id, attempt.client_order_id
    ), ended AS (
        UPDATE intents AS intent SET state = 'expired', reserved_notional = 0
          FROM voided WHERE intent.id = voided.intent_id
           AND intent.state IN ({in_list(prior_states(INTENT_TRANSITIONS, IntentState.EXPIRED))})
    )
    SELECT id, intent_id, account_id, client_order_id FROM voided
    """  # noqa: S608
)
_UNDER_WAY = {IntentState.PLANNED, IntentState.EXECUTING, IntentState.BLOCKED}
_ENDED = text(
    f"""
    SELECT id, state NOT IN ({in_list(_UNDER_WAY)}) AS is_ended FROM intents WHERE id = ANY(:ids)
    """  # noqa: S608
)
_NEXT = text(
    f"""
    UPDATE intents SET attempt_count = attempt_count + 1
     WHERE id = ANY(:ids) AND attempt_count < :attempts_max
       AND state IN ({in_list({IntentState.PLANNED, IntentState.EXECUTING})})
       AND (deadline IS NULL OR deadline > clock_timestamp())
    RETURNING id, attempt_count
    """  # noqa: S608
)


async def ended(uow: UnitOfWork, intent_ids: Iterable[UUID]) -> dict[UUID, bool]:
    """Return of each intent that there is whether nothing more will come of it."""
    found = await uow.session.execute(_ENDED, {"ids": list(intent_ids)})
    return {row.id: row.is_ended for row in found}


async def open_intents(
    uow: UnitOfWork, orders: Sequence[NewOrder], *, instance_key: bytes
) -> list[ReadyAttempt]:
    """Write orders with their first attempts; return the attempts that are new."""
    if not orders:
        return []
    attempts = [_attempt(order, 1, instance_key) for order in orders]
    rows = [_row(attempt) for attempt in attempts]
    written = await pipeline.rows(uow.session, _OPEN, {"rows": to_json(rows)})
    return _announce(uow, attempts, {row.id for row in written})


async def open_next_attempts(
    uow: UnitOfWork, orders: Sequence[NewOrder], *, attempts_max: int, instance_key: bytes
) -> list[ReadyAttempt]:
    """Write one more attempt for orders that were proved absent, where deadline and count allow."""
    rows = await uow.session.execute(
        _NEXT, {"ids": [order.intent_id for order in orders], "attempts_max": attempts_max}
    )
    numbers: dict[UUID, int] = {row.id: row.attempt_count for row in rows}
    return await _write_attempts(
        uow,
        [
            _attempt(order, numbers[order.intent_id], instance_key)
            for order in orders
            if order.intent_id in numbers
        ],
    )


async def void_attempts(
    uow: UnitOfWork, attempt_ids: Iterable[UUID], *, owner: str, reason: str
) -> list[UUID]:
    """Give up attempts that were never sent; their intents expire and reserve nothing any more.

    Only the shard's owner may: after a takeover the successor may be sending them.
    """
    ids = list(attempt_ids)
    if not ids:
        return []
    rows = (
        await uow.session.execute(
            _VOID, {"ids": ids, "owner": owner, "reason": reason, "now": uow.now}
        )
    ).all()
    for row in rows:
        uow.record(
            OrderVoided(
                subject=row.intent_id,
                account_id=row.account_id,
                client_order_id=row.client_order_id,
                reason=reason,
            )
        )
    uow.touch("orders", "fan_outs")
    return [row.id for row in rows]


async def _write_attempts(uow: UnitOfWork, attempts: Sequence[ReadyAttempt]) -> list[ReadyAttempt]:
    if not attempts:
        return []
    rows = [
        {
            "id": attempt.attempt_id,
            "intent_id": attempt.order.intent_id,
            "number": attempt.number,
            "client_order_id": attempt.client_order_id,
            "account_id": attempt.order.account_id,
            "shard": attempt.order.shard,
        }
        for attempt in attempts
    ]
    written = await uow.session.execute(_ATTEMPTS, {"rows": to_json(rows)})
    return _announce(uow, attempts, set(written.scalars()))


def _announce(
    uow: UnitOfWork, attempts: Sequence[ReadyAttempt], fresh: set[UUID]
) -> list[ReadyAttempt]:
    """Record the attempts that are new and return them."""
    opened = [attempt for attempt in attempts if attempt.attempt_id in fresh]
    for attempt in opened:
        order = attempt.order
        uow.record(
            OrderPlanned(
                subject=order.intent_id,
                account_id=order.account_id,
                symbol=order.symbol,
                leg=order.leg.value,
                side=order.side.value,
                quantity=order.quantity,
                client_order_id=attempt.client_order_id,
            )
        )
    uow.touch("orders")
    return opened


def _attempt(order: NewOrder, number: int, instance_key: bytes) -> ReadyAttempt:
    return ReadyAttempt(
        attempt_id=derived_id("attempt", order.intent_id, number),
        number=number,
        client_order_id=client_order_id(
            instance_key,
            environment=ENVIRONMENT_LETTER[order.mode],
            exchange=order.exchange.value,
            account_id=order.account_id,
            intent_id=order.intent_id,
            attempt=number,
        ),
        order=order,
    )


def _row(attempt: ReadyAttempt) -> dict[str, Any]:
    order = attempt.order
    return {
        "attempt_id": attempt.attempt_id,
        "client_order_id": attempt.client_order_id,
        "id": order.intent_id,
        "account_id": order.account_id,
        "exchange": order.exchange,
        "symbol": order.symbol,
        "shard": order.shard,
        "signal_id": order.signal_id,
        "command_id": order.command_id,
        "deployment_id": order.deployment_id,
        "leg": order.leg,
        "side": order.side,
        "order_type": order.order_type,
        "time_in_force": order.time_in_force,
        "quantity": order.quantity,
        "price": order.price,
        "trigger_price": order.trigger_price,
        "stop_loss": order.stop_loss,
        "take_profit": order.take_profit,
        "leverage": order.leverage,
        "reduce_only": order.reduce_only,
        "close_position": order.close_position,
        "reserved_notional": order.reserved_notional,
        "deadline": order.deadline,
        "expires_at": order.expires_at,
        "replaces": order.replaces,
        "slice": order.slice,
        "slices": order.slices,
        "starts_at": order.starts_at,
    }
