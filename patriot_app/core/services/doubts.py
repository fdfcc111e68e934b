"""Attempts that may or may not exist at the exchange, and what was proved of them."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import SettleOrder
from patriot_app.core.domain.events import (
    OrderDecided,
    OrderExpiredUnseen,
    OrderProvedAbsent,
    OrderQuarantined,
)
from patriot_app.core.domain.orders import (
    ATTEMPT_TRANSITIONS,
    INTENT_TRANSITIONS,
    AttemptState,
    IntentState,
)
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

_A = AttemptState

_UNKNOWN = text(
    f"""
    UPDATE attempts SET state = 'unknown', evidence = :evidence
     WHERE id = ANY(:ids)
       AND state IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.UNKNOWN))})
    RETURNING id
    """  # noqa: S608
)
_ABSENT = text(
    f"""
    WITH proved AS (
        UPDATE attempts SET state = 'absent', resolved_at = :now, evidence = :evidence
         WHERE id = :id AND filled_quantity = 0
           AND state IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.ABSENT))})
        RETURNING id, intent_id, account_id, client_order_id
    ), freed AS (
        UPDATE intents AS intent SET state = 'executing'
          FROM proved WHERE intent.id = proved.intent_id AND intent.state = 'blocked'
    )
    SELECT * FROM proved
    """  # noqa: S608
)
_QUARANTINE = text(
    f"""
    WITH held AS (
        UPDATE attempts SET state = 'quarantined'
         WHERE id = :id
           AND state IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.QUARANTINED))})
        RETURNING id, intent_id, account_id, client_order_id, sending_at
    ), blocked AS (
        UPDATE intents AS intent SET state = 'blocked'
          FROM held WHERE intent.id = held.intent_id AND intent.state = 'executing'
    )
    SELECT * FROM held
    """  # noqa: S608
)
_UNSEEN = text(
    f"""
    WITH given_up AS (
        UPDATE attempts SET state = 'expired_unseen', resolved_at = :now, evidence = :evidence
         WHERE id = :id AND filled_quantity = 0
           AND state IN ({in_list(prior_states(ATTEMPT_TRANSITIONS, _A.EXPIRED_UNSEEN))})
        RETURNING intent_id, account_id, client_order_id
    ), freed AS (
        UPDATE intents AS intent SET state = 'executing'
          FROM given_up WHERE intent.id = given_up.intent_id AND intent.state = 'blocked'
    )
    SELECT * FROM given_up
    """  # noqa: S608
)
_OUTSIDE = text(
    """
    SELECT DISTINCT exchange_order_id FROM fills
     WHERE account_id = :account_id AND symbol = :symbol AND attempt_id IS NULL
       AND source <> 'adjustment' AND exchange_order_id <> '' AND received_at >= :since
    """
)
_DOUBTED = text(
    "SELECT intent_id, account_id, shard, state, client_order_id FROM attempts WHERE id = :id"
)
_DECLARED = text(
    f"""
    WITH declared AS (
        UPDATE attempts SET state = 'absent', resolved_at = :now, evidence = :evidence
         WHERE id = :id AND filled_quantity = 0 AND state = 'quarantined'
        RETURNING id, intent_id, account_id, client_order_id
    ), ended AS (
        UPDATE intents AS intent SET state = 'failed', reserved_notional = 0
          FROM declared WHERE intent.id = declared.intent_id
           AND intent.state IN ({in_list(prior_states(INTENT_TRANSITIONS, IntentState.FAILED))})
    )
    SELECT * FROM declared
    """  # noqa: S608
)
_END_INTENT = text(
    f"""
    UPDATE intents SET state = :state, reserved_notional = 0
     WHERE id = ANY(:ids)
       AND state IN ({in_list(prior_states(INTENT_TRANSITIONS, IntentState.EXPIRED))})
    """  # noqa: S608
)


async def mark_unknown(uow: UnitOfWork, attempt_ids: Iterable[UUID], *, evidence: str) -> None:
    """Say that orders may or may not exist: found in SENDING by somebody who did not send them."""
    ids = list(attempt_ids)
    if ids:
        await uow.session.execute(_UNKNOWN, {"ids": ids, "evidence": evidence})
        uow.touch("orders")


async def prove_absent(uow: UnitOfWork, attempt_id: UUID, *, evidence: str) -> bool:
    """Record the proof that an order does not exist; False if something else was learnt since."""
    row = (
        await uow.session.execute(_ABSENT, {"id": attempt_id, "now": uow.now, "evidence": evidence})
    ).one_or_none()
    if row is None:
        return False
    uow.record(
        OrderProvedAbsent(
            subject=row.intent_id, account_id=row.account_id, client_order_id=row.client_order_id
        )
    )
    uow.touch("orders")
    return True


async def decide(
    uow: UnitOfWork, attempt_id: UUID, decision: str, *, reason: str, idempotency_key: str
) -> UUID:
    """Say what becomes of an order in doubt: look once more, or it is not there.

    Raises:
        Invalid: no reason; NotFound; Refused: nobody doubts it, or it is too early to give it up.
    """
    need_reason(reason)
    row = (await uow.session.execute(_DOUBTED, {"id": attempt_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no order {attempt_id}")
    if row.state not in {_A.UNKNOWN, _A.QUARANTINED}:
        raise Refused(f"Order {row.client_order_id} is {row.state}; nobody doubts it")
    if decision == "absent" and row.state != _A.QUARANTINED:
        raise Refused("Only an order in quarantine can be given up; it is still being looked up")
    uow.record(
        OrderDecided(
            subject=row.intent_id,
            account_id=row.account_id,
            client_order_id=row.client_order_id,
            decision=decision,
            reason=reason,
        )
    )
    return await uow.issue(
        SettleOrder(attempt_id=attempt_id, decision=decision, reason=reason),
        idempotency_key=idempotency_key,
        shard=row.shard,
    )


async def declare_absent(uow: UnitOfWork, attempt_id: UUID, *, reason: str) -> None:
    """Believe a person that an order in quarantine does not exist; it gets no successor.

    Raises:
        Refused: something else was learnt of it since.
    """
    row = (
        await uow.session.execute(
            _DECLARED, {"id": attempt_id, "now": uow.now, "evidence": f"Declared: {reason}"}
        )
    ).one_or_none()
    if row is None:
        raise Refused("Something else was learnt of this order since")
    uow.record(
        OrderProvedAbsent(
            subject=row.intent_id, account_id=row.account_id, client_order_id=row.client_order_id
        )
    )
    uow.touch("orders", "reconciliation")


async def expire_unseen(uow: UnitOfWork, attempt_id: UUID, *, evidence: str) -> bool:
    """Give up an order that its exchange may have forgotten; False if something was learnt since.

    Not found says nothing any more, so this is no proof and no licence to send it again.
    """
    row = (
        await uow.session.execute(_UNSEEN, {"id": attempt_id, "now": uow.now, "evidence": evidence})
    ).one_or_none()
    if row is None:
        return False
    uow.record(
        OrderExpiredUnseen(
            subject=row.intent_id, account_id=row.account_id, client_order_id=row.client_order_id
        )
    )
    uow.touch("orders", "reconciliation")
    return True


async def outside_orders(
    uow: UnitOfWork, account_id: UUID, symbol: str, *, since: datetime
) -> list[str]:
    """Return the exchange's ids of orders that traded and are not ours as far as we know.

    Args:
        since: wall time from which we heard of the trades.
    """
    found = await uow.session.execute(
        _OUTSIDE, {"account_id": account_id, "symbol": symbol, "since": since}
    )
    return list(found.scalars())


async def end_intents(
    uow: UnitOfWork, intent_ids: Iterable[UUID], *, state: IntentState = IntentState.EXPIRED
) -> None:
    """Give intents up whose last attempt is proved absent and that get no other."""
    ids = list(intent_ids)
    if ids:
        await uow.session.execute(_END_INTENT, {"ids": ids, "state": state.value})
        uow.touch("orders")


async def quarantine(uow: UnitOfWork, attempt_id: UUID, *, now: datetime) -> None:
    """Hold an attempt that stayed unknown for too long: the account opens nothing until a person
    decides."""
    row = (await uow.session.execute(_QUARANTINE, {"id": attempt_id})).one_or_none()
    if row is not None:
        uow.record(
            OrderQuarantined(
                subject=row.intent_id,
                account_id=row.account_id,
                client_order_id=row.client_order_id,
                unknown_since=row.sending_at or now,
            )
        )
        uow.touch("orders")
