"""Write what is decided: intents with their attempts, before anything is sent.

Ids derive from the cause, so planning twice after a crash writes nothing new. Everything works on
chunks: one statement for all accounts of a fan-out, whatever their number.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.domain.accounts import ENVIRONMENT_LETTER
from patriot_app.core.domain.events import OrderDenied, OrderPlanned, OrdersPlanned, OrderVoided
from patriot_app.core.domain.events import OrderSkipped as OrderSkippedEvent
from patriot_app.core.domain.fan_outs import Decision
from patriot_app.core.domain.orders import (
    ATTEMPT_TRANSITIONS,
    INTENT_TRANSITIONS,
    AttemptState,
    IntentState,
    Leg,
)
from patriot_app.core.domain.reasons import SHORT_OF_MONEY
from patriot_app.core.domain.sending import NewOrder, ReadyAttempt, RecordedSignal, new_order_of
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.domain.verdicts import Denied, Planned, Skipped, Verdict
from patriot_app.core.ids import client_order_id, derived_id, new_id
from patriot_app.core.unit_of_work import UnitOfWork

_DECIDE = text(
    """
    INSERT INTO fan_out_accounts (signal_id, account_id, shard, place, decision, reason_code,
                                  reason, quantity, decided_at)
    SELECT :signal_id, row.account_id, row.shard, row.place, row.decision, row.reason_code,
           row.reason, row.quantity, :now
      FROM json_to_recordset(CAST(:rows AS json)) AS row(account_id uuid, shard smallint,
           place integer, decision text, reason_code text, reason text, quantity numeric)
    ON CONFLICT DO NOTHING
    RETURNING account_id
    """
)
# Intents and their first attempts in one statement; an intent that was there brings no attempt.
_OPEN = text(
    """
    WITH row AS MATERIALIZED (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, account_id uuid,
            exchange text, symbol text, shard smallint, signal_id uuid, command_id uuid,
            deployment_id uuid, leg text, side text, order_type text, time_in_force text,
            quantity numeric, price numeric, trigger_price numeric, stop_loss numeric,
            take_profit numeric, leverage integer, reduce_only boolean, close_position boolean,
            reserved_notional numeric, deadline timestamptz, attempt_id uuid, client_order_id text)
    ), intent AS (
        INSERT INTO intents (id, account_id, exchange, symbol, shard, signal_id, command_id,
            deployment_id, leg, side, order_type, time_in_force, quantity, price, trigger_price,
            stop_loss, take_profit, leverage, reduce_only, close_position, reserved_notional,
            deadline, state, attempt_count)
        SELECT id, account_id, exchange, symbol, shard, signal_id, command_id, deployment_id, leg,
            side, order_type, time_in_force, quantity, price, trigger_price, stop_loss,
            take_profit, leverage, reduce_only, close_position, reserved_notional, deadline,
            'planned', 1
          FROM row
        ON CONFLICT DO NOTHING
        RETURNING id
    )
    INSERT INTO attempts (id, intent_id, number, client_order_id, account_id, shard, state)
    SELECT row.attempt_id, row.id, 1, row.client_order_id, row.account_id, row.shard, 'created'
      FROM row WHERE row.id IN (SELECT id FROM intent)
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
_TELL_CLIENTS = text(
    """
    INSERT INTO notifications (id, event_id, user_id, channel, severity, title, body)
    SELECT row.id, row.event_id, account.client_id, 'portal', 'notice', row.title, row.body
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, event_id uuid, account_id uuid,
        title text, body text)
      JOIN accounts AS account ON account.id = row.account_id
    ON CONFLICT DO NOTHING
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
_NEXT = text(
    f"""
    UPDATE intents SET attempt_count = attempt_count + 1
     WHERE id = ANY(:ids) AND attempt_count < :attempts_max
       AND state IN ({in_list({IntentState.PLANNED, IntentState.EXECUTING})})
       AND (deadline IS NULL OR deadline > clock_timestamp())
    RETURNING id, attempt_count
    """  # noqa: S608
)


async def open_orders(
    uow: UnitOfWork,
    recorded: RecordedSignal,
    verdicts: Sequence[Verdict],
    *,
    shards: Mapping[UUID, int],
    first_place: int,
    instance_key: bytes,
) -> list[ReadyAttempt]:
    """Write what was decided for a chunk of accounts; return the attempts that are new.

    Args:
        shards: of the accounts.
        first_place: in the fan-out, of the first verdict.
    """
    rows = [
        _decision(verdict, shards[verdict.account_id], first_place + offset)
        for offset, verdict in enumerate(verdicts)
    ]
    fresh = set(
        (
            await uow.session.execute(
                _DECIDE,
                {"signal_id": recorded.signal_id, "now": uow.now, "rows": to_json(rows)},
            )
        ).scalars()
    )
    orders = [
        new_order_of(intent, deployment_id=recorded.deployment_id)
        for verdict in verdicts
        if isinstance(verdict, Planned) and verdict.account_id in fresh
        for intent in verdict.intents
    ]
    attempts = await open_intents(uow, orders, instance_key=instance_key)
    await _tell(uow, recorded, [v for v in verdicts if v.account_id in fresh])
    uow.touch("fan_outs")
    return attempts


async def open_intents(
    uow: UnitOfWork, orders: Sequence[NewOrder], *, instance_key: bytes
) -> list[ReadyAttempt]:
    """Write orders with their first attempts; return the attempts that are new."""
    if not orders:
        return []
    attempts = [_attempt(order, 1, instance_key) for order in orders]
    rows = [_row(attempt) for attempt in attempts]
    written = await uow.session.execute(_OPEN, {"rows": to_json(rows)})
    return _announce(uow, attempts, set(written.scalars()))


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


async def _tell(uow: UnitOfWork, recorded: RecordedSignal, verdicts: Sequence[Verdict]) -> None:
    """Record who got no order and tell the clients whose money did not suffice."""
    symbol = recorded.signal.symbol
    short: list[dict[str, Any]] = []
    counts = dict.fromkeys(Decision, 0)
    for verdict in verdicts:
        counts[_decision_of(verdict)] += 1
        refusal = verdict.refusal if isinstance(verdict, Planned) else verdict
        if isinstance(refusal, Denied):
            uow.record(
                OrderDenied(
                    subject=recorded.signal_id,
                    account_id=refusal.account_id,
                    symbol=symbol,
                    reason_code=refusal.reason.value,
                    reason=refusal.context,
                )
            )
        elif isinstance(refusal, Skipped) and refusal.reason in SHORT_OF_MONEY:
            short.append(_short_of_money(uow, recorded, refusal))
    if short:
        await uow.session.execute(_TELL_CLIENTS, {"rows": to_json(short)})
        uow.touch("notifications")
    if verdicts:
        uow.record(
            OrdersPlanned(
                subject=recorded.signal_id,
                deployment_id=recorded.deployment_id,
                planned=counts[Decision.PLANNED],
                skipped=counts[Decision.SKIPPED],
                denied=counts[Decision.DENIED],
            )
        )


def _short_of_money(uow: UnitOfWork, recorded: RecordedSignal, refusal: Skipped) -> dict[str, Any]:
    symbol = recorded.signal.symbol
    event_id = uow.record(
        OrderSkippedEvent(
            subject=recorded.signal_id,
            account_id=refusal.account_id,
            symbol=symbol,
            reason_code=refusal.reason.value,
            reason=refusal.context,
        )
    )
    return {
        "id": new_id(),
        "event_id": event_id,
        "account_id": refusal.account_id,
        "title": f"{symbol} was not traded: too little free money",
        "body": refusal.context,
    }


def _decision_of(verdict: Verdict) -> Decision:
    if isinstance(verdict, Planned):
        return Decision.PLANNED
    return Decision.DENIED if isinstance(verdict, Denied) else Decision.SKIPPED


def _decision(verdict: Verdict, shard: int, place: int) -> dict[str, Any]:
    refusal = verdict.refusal if isinstance(verdict, Planned) else verdict
    quantity = None
    if isinstance(verdict, Planned):
        entry = next((i for i in verdict.intents if i.leg is Leg.ENTRY), verdict.intents[0])
        quantity = entry.quantity
    return {
        "account_id": verdict.account_id,
        "shard": shard,
        "place": place,
        "decision": _decision_of(verdict).value,
        "reason_code": "" if refusal is None else refusal.reason.value,
        "reason": "" if refusal is None else refusal.context,
        "quantity": quantity,
    }


def _attempt(order: NewOrder, number: int, instance_key: bytes) -> ReadyAttempt:
    return ReadyAttempt(
        attempt_id=derived_id("attempt", order.intent_id, number),
        number=number,
        client_order_id=client_order_id(
            instance_key,
            environment=ENVIRONMENT_LETTER[order.mode],
            exchange=order.exchange.value,
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
    }
