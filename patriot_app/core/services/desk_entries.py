"""What an operator asks of entries that rest: change one, or take all of a scope back at once."""

from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.amendments import quantity_allowed
from patriot_app.core.domain.commands import AmendOrder, CancelEntries, Command
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.domain.orders import WORKING, AttemptState, Leg, Side
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

_ORDER = text(
    "SELECT t.account_id, t.shard, t.state, t.client_order_id, t.filled_quantity,"
    " t.cancel_requested_at, i.leg, i.order_type, i.side, coalesce(i.price, i.trigger_price) AS price,"
    " i.quantity, i.stop_loss"
    " FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id WHERE t.id = :attempt_id"
)
_SHARDS = {
    EntryScope.DESK: text("SELECT DISTINCT shard FROM accounts ORDER BY 1"),
    EntryScope.ACCOUNT: text("SELECT shard FROM accounts WHERE id::text = :scope_id"),
    EntryScope.DEPLOYMENT: text(
        "SELECT DISTINCT account.shard FROM deployments AS deployment"
        " JOIN intents AS intent ON intent.deployment_id = deployment.id"
        " JOIN accounts AS account ON account.id = intent.account_id"
        " WHERE deployment.id::text = :scope_id"
        " AND intent.state IN ('planned', 'executing', 'blocked') ORDER BY 1"
    ),
}


async def amend_order(
    uow: UnitOfWork,
    attempt_id: UUID,
    *,
    price: Decimal | None,
    quantity: Decimal | None,
    reason: str,
    idempotency_key: str,
) -> UUID:
    """Ask for an entry that rests to be changed; return the command.

    Raises:
        NotFound: no such order; Refused: it cannot be changed; Invalid: by field.
    """
    row = (await uow.session.execute(_ORDER, {"attempt_id": attempt_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no order {attempt_id}")
    if AttemptState(row.state) not in WORKING:
        raise Refused(f"Order {row.client_order_id} is {row.state}; there is nothing to change")
    if row.cancel_requested_at is not None:
        raise Refused(f"Order {row.client_order_id} is being cancelled; wait for its end")
    if row.leg != Leg.ENTRY or row.price is None or row.stop_loss is None:
        raise Refused("Only an entry with a price of its own can be changed")
    fields = _check(row, price=price, quantity=quantity)
    if fields:
        raise Invalid(fields)
    return await _ask(
        uow,
        AmendOrder(
            attempt_id=attempt_id,
            account_id=row.account_id,
            price=None if price is None else format(price, "f"),
            quantity=None if quantity is None else format(quantity, "f"),
            reason=reason,
        ),
        subject=row.account_id,
        shard=row.shard,
        idempotency_key=idempotency_key,
    )


async def cancel_entries(
    uow: UnitOfWork,
    scope: EntryScope,
    scope_id: str = "",
    *,
    reason: str,
    idempotency_key: str,
) -> tuple[UUID, ...]:
    """Ask for the working entries of a scope to be cancelled, one command per shard; stops stay.

    Raises:
        NotFound: the scope covers no account; Invalid: no reason.
    """
    bound = {} if scope is EntryScope.DESK else {"scope_id": scope_id}
    shards = list((await uow.session.execute(_SHARDS[scope], bound)).scalars())
    if not shards:
        raise NotFound(f"No entry of this {scope} works")
    command = CancelEntries(scope=scope.value, scope_id=scope_id, reason=reason)
    return tuple(
        [
            await _ask(
                uow,
                command,
                subject=UUID(scope_id) if scope_id else None,
                shard=shard,
                idempotency_key=f"{idempotency_key}:{shard}",
            )
            for shard in shards
        ]
    )


async def _ask(
    uow: UnitOfWork, command: Command, *, subject: UUID | None, shard: int, idempotency_key: str
) -> UUID:
    need_reason(command.reason)
    command_id = await uow.issue(command, idempotency_key=idempotency_key, shard=shard)
    uow.record(CommandIssued(subject=subject, command=command.type, reason=command.reason))
    return command_id


def _check(row: Any, *, price: Decimal | None, quantity: Decimal | None) -> dict[str, str]:
    """Check what the books can tell; the instrument's grid is the daemon's to know."""
    former_price: Decimal = row.price
    former: Decimal = row.quantity
    filled: Decimal = row.filled_quantity
    stop: Decimal = row.stop_loss
    if price is None and quantity is None:
        return {"": "Say a new price or a new quantity"}
    if price is not None and price <= 0:
        return {"price": "A price is above zero"}
    most = quantity_allowed(
        side=Side(row.side),
        former_price=former_price,
        former_quantity=former,
        price=former_price if price is None else price,
        stop=stop,
    )
    if most <= 0:
        return {"price": f"The price must leave room to the stop {stop.normalize():f}"}
    if quantity is None:
        return {}
    if quantity <= filled:
        return {
            "quantity": f"{filled.normalize():f} are filled already; a smaller order is no change"
        }
    if quantity > most:
        return {
            "quantity": f"At this price at most {most.normalize():f}: an order never grows, since "
            "its risk was reviewed as it is"
        }
    return {}
