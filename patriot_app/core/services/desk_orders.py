"""What an operator asks of positions and orders: only the daemon can do it, so all are commands."""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import (
    CancelOrder,
    ClosePosition,
    Command,
    FlattenAccount,
    SyncAccount,
    UnparkAccount,
)
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.domain.orders import WORKING, AttemptState
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

_POSITION = text(
    "SELECT a.shard, a.label, sum(p.quantity) AS quantity FROM accounts AS a"
    " LEFT JOIN positions AS p ON p.account_id = a.id AND p.symbol = :symbol"
    " WHERE a.id = :account_id GROUP BY a.id"
)
_PARKED = text(
    "SELECT s.parked_reason, (SELECT count(*) FROM discrepancies AS d WHERE d.status = 'open'"
    " AND d.parks AND d.account_id = s.account_id) AS differences"
    " FROM account_states AS s WHERE s.account_id = :account_id"
)
_ACCOUNT = text("SELECT shard, label FROM accounts WHERE id = :account_id")
_ATTEMPT = text(
    "SELECT t.account_id, t.shard, t.state, t.client_order_id, i.leg FROM attempts AS t"
    " JOIN intents AS i ON i.id = t.intent_id WHERE t.id = :attempt_id"
)


async def close_position(
    uow: UnitOfWork, account_id: UUID, symbol: str, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for one position to be closed at market; return the command.

    Raises:
        NotFound: no such account; Refused: nothing is open there; Invalid: no reason.
    """
    bound = {"account_id": account_id, "symbol": symbol}
    row = (await uow.session.execute(_POSITION, bound)).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {account_id}")
    if not row.quantity:
        raise Refused(f"{row.label} holds no {symbol}")
    return await _ask(
        uow,
        ClosePosition(account_id=account_id, symbol=symbol, reason=reason),
        subject=account_id,
        shard=row.shard,
        idempotency_key=idempotency_key,
    )


async def flatten_account(
    uow: UnitOfWork, account_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for an account's orders to be cancelled and its positions closed; return the command.

    Raises:
        NotFound: no such account; Invalid: no reason.
    """
    return await _ask(
        uow,
        FlattenAccount(account_id=account_id, reason=reason),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def sync_account(
    uow: UnitOfWork, account_id: UUID, *, kind: str = "incremental", idempotency_key: str
) -> UUID:
    """Ask for an account to be read afresh from its exchange; return the command.

    Args:
        kind: "incremental" reads what is new, "full" all that the exchange still keeps.

    Raises:
        NotFound: no such account.
    """
    return await _ask(
        uow,
        SyncAccount(
            account_id=account_id,
            kind="full" if kind == "full" else "incremental",
            requested_by=uow.actor.user_id,
            reason="Asked for",
        ),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def unpark_account(
    uow: UnitOfWork, account_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for a parked account to trade again; return the command.

    Raises:
        NotFound: no such account; Refused: it is not parked, or a difference is still open.
        Invalid: no reason.
    """
    row = (await uow.session.execute(_PARKED, {"account_id": account_id})).one_or_none()
    if row is None or not row.parked_reason:
        raise Refused("This account is not parked")
    if row.differences:
        raise Refused("Decide its open differences first; then it is let go by itself")
    return await _ask(
        uow,
        UnparkAccount(account_id=account_id, reason=reason),
        subject=account_id,
        shard=await _shard(uow, account_id),
        idempotency_key=idempotency_key,
    )


async def cancel_order(
    uow: UnitOfWork, attempt_id: UUID, *, reason: str, idempotency_key: str
) -> UUID:
    """Ask for one working order to be cancelled; return the command.

    Raises:
        NotFound: no such order; Refused: it works no more; Invalid: no reason.
    """
    row = (await uow.session.execute(_ATTEMPT, {"attempt_id": attempt_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no order {attempt_id}")
    if AttemptState(row.state) not in WORKING:
        raise Refused(f"Order {row.client_order_id} is {row.state}; there is nothing to cancel")
    return await _ask(
        uow,
        CancelOrder(attempt_id=attempt_id, account_id=row.account_id, reason=reason),
        subject=row.account_id,
        shard=row.shard,
        idempotency_key=idempotency_key,
    )


async def _shard(uow: UnitOfWork, account_id: UUID) -> int:
    row = (await uow.session.execute(_ACCOUNT, {"account_id": account_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no account {account_id}")
    return int(row.shard)


async def _ask(
    uow: UnitOfWork,
    command: Command,
    *,
    subject: UUID | None,
    shard: int | None,
    idempotency_key: str,
) -> UUID:
    need_reason(command.reason)
    command_id = await uow.issue(command, idempotency_key=idempotency_key, shard=shard)
    uow.record(CommandIssued(subject=subject, command=command.type, reason=command.reason))
    return command_id
