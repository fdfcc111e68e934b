"""The fence before the network: which attempts may be sent, and what became of them.

`mark_sending` is the only way into SENDING. Every rule that can stop an order is in its statement,
so that a halt binds at its commit and a daemon that lost its lease sends nothing (EXECUTION 2.3).
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import pipeline
from patriot_app.core.db.arrays import in_list, to_json
from patriot_app.core.db.attempt_rows import END_IS_TOLD
from patriot_app.core.db.maintenance_windows import IS_CLOSED_TO_INTENT
from patriot_app.core.db.slice_rules import WAITS, WITHDRAWN
from patriot_app.core.domain.events import OrderAnswered
from patriot_app.core.domain.orders import (
    ATTEMPT_TRANSITIONS,
    INTENT_TRANSITIONS,
    WORKING,
    AttemptState,
    IntentState,
    Outcome,
)
from patriot_app.core.domain.sending import Answer, Ticket
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.unit_of_work import UnitOfWork

_A = AttemptState
_ACCEPTED = in_list(WORKING | {_A.FILLED, _A.CANCELED, _A.EXPIRED})

# The planner cannot know how many rows JSON brings, nor how many are in a state that lasts only
# milliseconds, and guesses one: joined its way, each row would be compared with each. LATERAL with
# OFFSET 0 makes it look up row by row, and `|| ''` hides the state from the partial indexes.
_MARK_SENDING = text(
    f"""
    WITH allowed AS MATERIALIZED (
        SELECT wanted.id, wanted.epoch, wanted.timestamp_ms
          FROM json_to_recordset(CAST(:rows AS json))
               AS wanted(id uuid, epoch bigint, timestamp_ms bigint, waits_for uuid)
          JOIN LATERAL (SELECT * FROM attempts WHERE id = wanted.id OFFSET 0) AS attempt ON true
          JOIN LATERAL (SELECT * FROM intents WHERE id = attempt.intent_id OFFSET 0) AS intent
            ON true
          JOIN LATERAL (SELECT * FROM accounts WHERE id = attempt.account_id OFFSET 0) AS account
            ON true
          LEFT JOIN LATERAL (SELECT * FROM account_states WHERE account_id = account.id OFFSET 0)
            AS state ON true
          JOIN LATERAL (SELECT * FROM shard_leases WHERE shard = attempt.shard OFFSET 0) AS lease
            ON true
         WHERE (intent.deadline IS NULL OR intent.deadline > clock_timestamp())
           AND lease.owner = :owner AND lease.epoch = wanted.epoch
           AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()
           AND (intent.leg <> 'entry' OR (account.status = 'active'
                AND coalesce(state.is_ready, false) AND coalesce(state.parked_reason, '') = ''))
           AND NOT EXISTS (
               SELECT 1 FROM halts AS halt
                WHERE halt.lifted_at IS NULL
                  AND (intent.leg = 'entry' OR halt.level = 4 OR (intent.leg = 'exit'
                       AND halt.state = 'halted' AND intent.signal_id IS NOT NULL))
                  AND (halt.scope = 'desk'
                       OR (halt.scope = 'exchange' AND halt.scope_id = account.exchange)
                       OR (halt.scope = 'client' AND halt.scope_id = account.client_id::text)
                       OR (halt.scope = 'account' AND halt.scope_id = account.id::text)
                       OR (halt.scope = 'strategy' AND halt.scope_id = (
                           SELECT deployment.strategy_id::text FROM deployments AS deployment
                            WHERE deployment.id = intent.deployment_id)))
                OFFSET 0)
           AND NOT {IS_CLOSED_TO_INTENT}
           -- Of a database that was set back only what was looked up since is believed unsent.
           AND NOT EXISTS (
               SELECT 1 FROM cold_modes AS cold
                WHERE cold.left_at IS NULL
                  AND coalesce(attempt.looked_up_at, '-infinity') < cold.entered_at OFFSET 0)
           AND (intent.slice <= 1 OR (NOT {WAITS} AND {WITHDRAWN} IS NULL))
           AND (wanted.waits_for IS NULL OR EXISTS (
               SELECT 1 FROM attempts AS earlier
                WHERE earlier.intent_id = wanted.waits_for
                  AND earlier.state IN ({_ACCEPTED}) OFFSET 0))
    ), sent AS (
        UPDATE attempts AS attempt
           SET state = 'sending', timestamp_ms = allowed.timestamp_ms,
               receive_window_ms = :receive_window_ms, epoch = allowed.epoch,
               sending_at = clock_timestamp()
          FROM allowed
         WHERE attempt.id = allowed.id
           AND attempt.state || '' IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.SENDING))})
        RETURNING attempt.id, attempt.intent_id
    ), moved AS (
        UPDATE intents AS intent SET state = 'executing'
          FROM sent WHERE intent.id = sent.intent_id AND intent.state || '' = 'planned'
    )
    SELECT id FROM sent
    """  # noqa: S608
)
_WITHIN = text(
    "SELECT set_config('statement_timeout', :limit, true) AS statement,"
    " set_config('lock_timeout', :limit, true) AS lock"
)
_MARKED = text(
    """
    SELECT attempt.id
      FROM json_to_recordset(CAST(:rows AS json))
           AS wanted(id uuid, epoch bigint, timestamp_ms bigint)
      JOIN attempts AS attempt ON attempt.id = wanted.id
     WHERE attempt.state = 'sending' AND attempt.epoch = wanted.epoch
       AND attempt.timestamp_ms = wanted.timestamp_ms
    """
)
_UNSENT = text(
    f"""
    SELECT attempt.id,
           CASE WHEN attempt.state <> 'created' THEN 'Was taken by somebody else'
                WHEN intent.deadline <= clock_timestamp() THEN 'The deadline has passed'
                WHEN lease.shard IS NULL THEN ''
                WHEN {IS_CLOSED_TO_INTENT} THEN 'The exchange is under maintenance'
                WHEN intent.leg = 'entry' AND account.status <> 'active' THEN 'The account is ' || account.status
                WHEN intent.leg = 'entry' AND coalesce(state.parked_reason, '') <> ''
                    THEN 'The account is parked: ' || state.parked_reason
                WHEN intent.leg = 'entry' AND NOT coalesce(state.is_ready, false) THEN 'The account is still recovering'
                WHEN EXISTS (SELECT 1 FROM cold_modes AS cold WHERE cold.left_at IS NULL
                     AND coalesce(attempt.looked_up_at, '-infinity') < cold.entered_at)
                    THEN 'Cold mode: it was not looked up yet'
                WHEN intent.slice > 1 THEN coalesce({WITHDRAWN}, 'An earlier slice is in doubt')
                WHEN EXISTS (SELECT 1 FROM halts WHERE lifted_at IS NULL) THEN 'A halt forbids it'
                ELSE 'The exit that it waits for was not accepted' END AS reason
      FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, epoch bigint)
      JOIN attempts AS attempt ON attempt.id = row.id
      JOIN intents AS intent ON intent.id = attempt.intent_id
      JOIN accounts AS account ON account.id = attempt.account_id
      LEFT JOIN account_states AS state ON state.account_id = account.id
      LEFT JOIN shard_leases AS lease ON lease.shard = attempt.shard AND lease.owner = :owner
            AND lease.epoch = row.epoch AND lease.released_at IS NULL
            AND lease.expires_at > clock_timestamp()
    """  # noqa: S608
)
_RESULTS = text(
    f"""
    WITH answer AS (
        SELECT * FROM json_to_recordset(CAST(:rows AS json)) AS row(id uuid, epoch bigint,
            timestamp_ms bigint, state text, http_status smallint, code text, evidence text,
            exchange_order_id text, received_at timestamptz)
    ), locked AS (
        -- In the order in which reports lock them, so that the two never wait for each other.
        SELECT attempt.id FROM attempts AS attempt
         WHERE attempt.id IN (SELECT id FROM answer) ORDER BY attempt.id FOR UPDATE
    ), recorded AS (
        UPDATE attempts AS attempt
           SET state = CASE
                   WHEN answer.state = 'open' AND attempt.state IN
                        ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.OPEN))}) THEN 'open'
                   WHEN answer.state = 'rejected' AND attempt.state = 'sending' THEN 'rejected'
                   WHEN answer.state = 'unknown' AND attempt.state IN
                        ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.UNKNOWN))}) THEN 'unknown'
                   ELSE attempt.state END,
               http_status = answer.http_status,
               exchange_code = CASE WHEN {END_IS_TOLD} THEN attempt.exchange_code ELSE answer.code END,
               evidence = CASE WHEN {END_IS_TOLD} THEN attempt.evidence ELSE answer.evidence END,
               exchange_order_id = coalesce(attempt.exchange_order_id, answer.exchange_order_id),
               acknowledged_at = CASE WHEN answer.state = 'unknown' THEN attempt.acknowledged_at
                   ELSE coalesce(attempt.acknowledged_at, answer.received_at) END,
               resolved_at = CASE WHEN answer.state = 'rejected' THEN answer.received_at
                   ELSE attempt.resolved_at END
          FROM answer JOIN locked ON locked.id = answer.id
         WHERE attempt.id = answer.id AND attempt.epoch = answer.epoch
           AND attempt.timestamp_ms = answer.timestamp_ms
           AND EXISTS (SELECT 1 FROM shard_leases AS lease
                        WHERE lease.shard = attempt.shard AND lease.epoch = answer.epoch OFFSET 0)
        RETURNING attempt.id, attempt.intent_id, attempt.state
    ), failed AS (
        UPDATE intents AS intent SET state = 'failed', reserved_notional = 0
          FROM recorded WHERE intent.id = recorded.intent_id AND intent.id = ANY(:intents)
           AND recorded.state = 'rejected'
           AND intent.state IN ({in_list(prior_states(INTENT_TRANSITIONS, IntentState.FAILED))})
    )
    SELECT id, state FROM recorded
    """  # noqa: S608
)
_STATE_OF = {
    Outcome.ACCEPTED: _A.OPEN,
    Outcome.REJECTED: _A.REJECTED,
    Outcome.DUPLICATE: _A.UNKNOWN,
    Outcome.UNKNOWN: _A.UNKNOWN,
}


async def mark_sending(
    uow: UnitOfWork,
    tickets: Sequence[Ticket],
    *,
    owner: str,
    receive_window_ms: int,
    timeout_s: float = 10.0,
) -> set[UUID]:
    """Return the attempts that may be sent now, each exactly once and under its ticket.

    Left out is whatever is not CREATED any more, stale, halted, parked, fenced, or waits in vain.

    Args:
        timeout_s: a database that needs longer marks nothing.

    Raises:
        psycopg.errors.QueryCanceled, psycopg.errors.LockNotAvailable: it needed longer.
    """
    rows = [
        {
            "id": ticket.attempt.attempt_id,
            "epoch": ticket.epoch,
            "timestamp_ms": ticket.timestamp_ms,
            "waits_for": ticket.attempt.order.waits_for,
        }
        for ticket in tickets
    ]
    _, marked = await pipeline.run(
        uow.session,
        (_WITHIN, {"limit": f"{timeout_s * 1000:.0f}"}),
        (
            _MARK_SENDING,
            {"rows": to_json(rows), "owner": owner, "receive_window_ms": receive_window_ms},
        ),
    )
    return {row.id for row in marked}


async def find_marked(uow: UnitOfWork, tickets: Sequence[Ticket]) -> set[UUID]:
    """Return which attempts carry exactly these tickets, after a commit of unknown outcome."""
    rows = [
        {"id": t.attempt.attempt_id, "epoch": t.epoch, "timestamp_ms": t.timestamp_ms}
        for t in tickets
    ]
    return set((await uow.session.execute(_MARKED, {"rows": to_json(rows)})).scalars())


async def explain_unsent(
    uow: UnitOfWork, epochs: Mapping[UUID, int | None], *, owner: str
) -> Mapping[UUID, str]:
    """Return why attempts were not marked; "" where the lease is lost and nothing is ours to do.

    Args:
        epochs: that the attempts were to be sent under; None if we held no lease.
    """
    rows = to_json([{"id": attempt_id, "epoch": epoch} for attempt_id, epoch in epochs.items()])
    found = await uow.session.execute(_UNSENT, {"rows": rows, "owner": owner})
    return {row.id: row.reason for row in found}


async def record_results(uow: UnitOfWork, answers: Sequence[Answer]) -> dict[UUID, AttemptState]:
    """Store what exchanges answered; return the states after it.

    An attempt that the stream has moved on already keeps its state. After a takeover nothing is
    written: the successor looks the orders up.
    """
    attempts = [answer.ticket.attempt for answer in answers]
    recorded = await pipeline.rows(
        uow.session,
        _RESULTS,
        {
            "rows": to_json([_answer_row(answer) for answer in answers]),
            "intents": [
                attempt.order.intent_id
                for attempt, answer in zip(attempts, answers, strict=True)
                if answer.result.outcome is Outcome.REJECTED
            ],
        },
    )
    states = {row.id: AttemptState(row.state) for row in recorded}
    for answer in answers:
        attempt = answer.ticket.attempt
        if (state := states.get(attempt.attempt_id)) is not None:
            uow.record(
                OrderAnswered(
                    subject=attempt.order.intent_id,
                    account_id=attempt.order.account_id,
                    client_order_id=attempt.client_order_id,
                    state=state.value,
                    code=answer.result.code,
                    evidence=answer.result.evidence,
                )
            )
    uow.touch("orders", "fan_outs")
    return states


def _answer_row(answer: Answer) -> dict[str, Any]:
    result = answer.result
    return {
        "id": answer.ticket.attempt.attempt_id,
        "epoch": answer.ticket.epoch,
        "timestamp_ms": answer.ticket.timestamp_ms,
        "state": _STATE_OF[result.outcome].value,
        "http_status": result.http_status,
        "code": result.code,
        "evidence": result.evidence,
        "exchange_order_id": result.exchange_order_id,
        "received_at": result.received_at,
    }
