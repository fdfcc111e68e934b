"""The books of amendments: written before they are sent, marked under the fence, settled once.

An amendment never makes an order larger, so until it is settled the books keep the former quantity,
and what is reserved covers whichever of both the exchange has.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.maintenance_windows import IS_CLOSED_TO_INTENT
from patriot_app.core.domain.amendments import (
    AMENDMENT_TRANSITIONS,
    LIVE_AMENDMENTS,
    Amendment,
    AmendmentState,
)
from patriot_app.core.domain.events import OrderAmended
from patriot_app.core.domain.orders import WORKING
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import Refused
from patriot_app.core.unit_of_work import UnitOfWork

_S = AmendmentState
_COLUMNS = (
    "id, attempt_id, account_id, shard, price, quantity, former_price, former_quantity, state,"
    " timestamp_ms, receive_window_ms"
)
_OPEN = text(
    f"""
    INSERT INTO amendments (id, attempt_id, account_id, shard, command_id, price, quantity,
                            former_price, former_quantity, state)
    SELECT :id, attempt.id, attempt.account_id, attempt.shard, :command_id, :price, :quantity,
           coalesce(intent.price, intent.trigger_price), intent.quantity, 'created'
      FROM attempts AS attempt JOIN intents AS intent ON intent.id = attempt.intent_id
     WHERE attempt.id = :attempt_id AND attempt.state IN ({in_list(WORKING)})
       AND attempt.cancel_requested_at IS NULL
    ON CONFLICT DO NOTHING
    """  # noqa: S608
)
_ONE = text(f"SELECT {_COLUMNS} FROM amendments WHERE id = :id")  # noqa: S608
_LIVE = text(
    f"SELECT {_COLUMNS} FROM amendments"  # noqa: S608
    f" WHERE shard = ANY(:shards) AND state IN ({in_list(LIVE_AMENDMENTS)})"
    " AND created_at < :before ORDER BY id"
)
_ANY_LIVE = text(
    "SELECT EXISTS (SELECT 1 FROM amendments"  # noqa: S608
    f" WHERE shard = ANY(:shards) AND state IN ({in_list(LIVE_AMENDMENTS)}))"
)
# The fence of every write: lease, halts that forbid entries, an order that nobody withdraws.
_MARK = text(
    f"""
    UPDATE amendments AS amendment
       SET state = :state, timestamp_ms = :timestamp_ms, receive_window_ms = :receive_window_ms,
           epoch = :epoch, sending_at = clock_timestamp()
      FROM attempts AS attempt, intents AS intent, accounts AS account, shard_leases AS lease
     WHERE amendment.id = :id
       AND amendment.state = 'created'
       AND attempt.id = amendment.attempt_id AND attempt.state IN ({in_list(WORKING)})
       AND attempt.cancel_requested_at IS NULL
       AND intent.id = attempt.intent_id AND account.id = attempt.account_id
       AND account.status = 'active'
       AND lease.shard = amendment.shard AND lease.owner = :owner AND lease.epoch = :epoch
       AND lease.released_at IS NULL AND lease.expires_at > clock_timestamp()
       AND NOT EXISTS (
           SELECT 1 FROM halts AS halt
            WHERE halt.lifted_at IS NULL
              AND (halt.scope = 'desk'
                   OR (halt.scope = 'exchange' AND halt.scope_id = account.exchange)
                   OR (halt.scope = 'client' AND halt.scope_id = account.client_id::text)
                   OR (halt.scope = 'account' AND halt.scope_id = account.id::text)
                   OR (halt.scope = 'strategy' AND halt.scope_id = (
                       SELECT deployment.strategy_id::text FROM deployments AS deployment
                        WHERE deployment.id = intent.deployment_id))))
       AND NOT {IS_CLOSED_TO_INTENT}
    RETURNING amendment.id
    """  # noqa: S608
)
_MOVE = text(
    """
    UPDATE amendments AS amendment
       SET state = :state, exchange_code = :code, evidence = :evidence,
           resolved_at = CASE WHEN :is_ended THEN CAST(:now AS timestamptz) END
      FROM attempts AS attempt
     WHERE amendment.id = :id AND amendment.state = ANY(:prior)
       AND attempt.id = amendment.attempt_id
    RETURNING attempt.intent_id, attempt.account_id, attempt.client_order_id, amendment.price,
              amendment.quantity
    """
)
_APPLY = text(
    """
    UPDATE intents AS intent
       SET price = amendment.price, quantity = amendment.quantity,
           reserved_notional = CASE WHEN intent.reserved_notional = 0 THEN 0 ELSE
               least(intent.reserved_notional, intent.reserved_notional
                     * amendment.price * amendment.quantity
                     / (amendment.former_price * amendment.former_quantity)) END
      FROM amendments AS amendment JOIN attempts AS attempt ON attempt.id = amendment.attempt_id
     WHERE amendment.id = :id AND intent.id = attempt.intent_id
       AND attempt.filled_quantity <= amendment.quantity
    """
)


async def open_amendment(
    uow: UnitOfWork, amendment: Amendment, *, command_id: UUID | None
) -> Amendment:
    """Write an amendment down; asked for again it is the one there is.

    Raises:
        Refused: the order works no more, is being withdrawn, or another change of it is open.
    """
    await uow.session.execute(
        _OPEN,
        {
            "id": amendment.amendment_id,
            "attempt_id": amendment.attempt_id,
            "command_id": command_id,
            "price": amendment.price,
            "quantity": amendment.quantity,
        },
    )
    row = (await uow.session.execute(_ONE, {"id": amendment.amendment_id})).one_or_none()
    if row is None:
        raise Refused(
            "The order works no more, is being withdrawn, or another change of it is not answered"
            " yet; look at it and try again"
        )
    uow.touch("orders")
    return _amendment(row)


async def load(uow: UnitOfWork, amendment_id: UUID) -> Amendment | None:
    """Return an amendment; None if there is none."""
    row = (await uow.session.execute(_ONE, {"id": amendment_id})).one_or_none()
    return None if row is None else _amendment(row)


async def live(uow: UnitOfWork, shards: Sequence[int], *, before: Any) -> list[Amendment]:
    """Return the shards' amendments that are not settled, written before a wall time."""
    rows = await uow.session.execute(_LIVE, {"shards": list(shards), "before": before})
    return [_amendment(row) for row in rows]


async def is_any_live(uow: UnitOfWork, shards: Sequence[int]) -> bool:
    """Tell whether an amendment of the shards is not settled."""
    return bool((await uow.session.execute(_ANY_LIVE, {"shards": list(shards)})).scalar_one())


async def mark_sending(
    uow: UnitOfWork,
    amendment_id: UUID,
    *,
    owner: str,
    epoch: int,
    timestamp_ms: int,
    receive_window_ms: int,
    state: AmendmentState = _S.SENDING,
) -> bool:
    """Pass the fence: tell whether the amendment may be sent now, once and under this timestamp.

    Args:
        state: SENDING, or REPLACING where the exchange cannot change such an order.
    """
    marked = await uow.session.execute(
        _MARK,
        {
            "id": amendment_id,
            "owner": owner,
            "epoch": epoch,
            "timestamp_ms": timestamp_ms,
            "receive_window_ms": receive_window_ms,
            "state": state.value,
        },
    )
    return marked.scalar_one_or_none() is not None


async def settle(
    uow: UnitOfWork,
    amendment_id: UUID,
    state: AmendmentState,
    *,
    code: str = "",
    evidence: str = "",
) -> bool:
    """Move an amendment on; applied, its order has the new price and quantity. False if late."""
    moved = await uow.session.execute(
        _MOVE,
        {
            "id": amendment_id,
            "state": state.value,
            "prior": sorted(prior_states(AMENDMENT_TRANSITIONS, state)),
            "code": code,
            "evidence": evidence,
            "is_ended": state not in LIVE_AMENDMENTS,
            "now": uow.now,
        },
    )
    row = moved.one_or_none()
    if row is None:
        return False
    if state is _S.APPLIED:
        await uow.session.execute(_APPLY, {"id": amendment_id})
    uow.record(
        OrderAmended(
            subject=row.intent_id,
            account_id=row.account_id,
            client_order_id=row.client_order_id,
            price=row.price,
            quantity=row.quantity,
            state=state.value,
            code=code,
            evidence=evidence,
        )
    )
    uow.touch("orders")
    return True


def _amendment(row: Any) -> Amendment:
    return Amendment(
        amendment_id=row.id,
        attempt_id=row.attempt_id,
        account_id=row.account_id,
        shard=row.shard,
        price=row.price,
        quantity=row.quantity,
        former_price=row.former_price,
        former_quantity=row.former_quantity,
        state=AmendmentState(row.state),
        timestamp_ms=row.timestamp_ms,
        receive_window_ms=row.receive_window_ms,
    )
