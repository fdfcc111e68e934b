"""What the daemon knows of accounts: ready or not, parked or not, when last heard of."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import (
    AccountNotReady,
    AccountParked,
    AccountReady,
    AccountUnparked,
)
from patriot_app.core.unit_of_work import UnitOfWork


async def mark_ready(
    uow: UnitOfWork,
    account_id: UUID,
    *,
    open_orders: int,
    open_positions: int,
    read_since: datetime | None = None,
) -> None:
    """Say that recovery has finished for an account: it may trade.

    Args:
        read_since: when the reading began; one that began before the end of its exchange's
            maintenance leaves the account as it is, and it is read again.
    """
    changed = await uow.session.execute(
        text(
            "UPDATE account_states AS s SET is_ready = true, not_ready_reason = ''"
            " FROM accounts AS a WHERE s.account_id = :id AND NOT s.is_ready AND a.id = s.account_id"
            " AND NOT EXISTS (SELECT 1 FROM maintenance_windows AS w WHERE w.exchange = a.exchange"
            " AND w.mode IN ('', a.mode) AND w.over_at > CAST(:read_since AS timestamptz))"
            " RETURNING s.account_id"
        ),
        {"id": account_id, "read_since": read_since},
    )
    if changed.first() is not None:
        uow.record(
            AccountReady(
                account_id=account_id, open_orders=open_orders, open_positions=open_positions
            )
        )
    uow.touch("system", "accounts")


async def mark_not_ready(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Say why an account may not trade now; stops at the exchange stay."""
    changed = await uow.session.execute(
        text(
            "UPDATE account_states SET is_ready = false, not_ready_reason = :reason"
            " WHERE account_id = :id AND (is_ready OR not_ready_reason <> :reason)"
            " RETURNING account_id"
        ),
        {"id": account_id, "reason": reason},
    )
    if changed.first() is not None:
        uow.record(AccountNotReady(account_id=account_id, reason=reason))
    uow.touch("system", "accounts")


async def all_not_ready(uow: UnitOfWork, shard: int, *, reason: str) -> None:
    """Mark every account of a shard before its recovery; no event, recovery tells the rest."""
    await uow.session.execute(
        text(
            "UPDATE account_states SET is_ready = false, not_ready_reason = :reason"
            " WHERE account_id IN (SELECT id FROM accounts WHERE shard = :shard)"
        ),
        {"shard": shard, "reason": reason},
    )
    uow.touch("system")


async def park(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Stop openings on an account until a person has looked at it."""
    changed = await uow.session.execute(
        text(
            "UPDATE account_states SET parked_reason = :reason"
            " WHERE account_id = :id AND parked_reason = '' RETURNING account_id"
        ),
        {"id": account_id, "reason": reason},
    )
    if changed.first() is not None:
        uow.record(AccountParked(account_id=account_id, reason=reason))
    uow.touch("accounts")


async def unpark(uow: UnitOfWork, account_id: UUID, *, reason: str) -> None:
    """Let an account open positions again."""
    changed = await uow.session.execute(
        text(
            "UPDATE account_states SET parked_reason = ''"
            " WHERE account_id = :id AND parked_reason <> '' RETURNING account_id"
        ),
        {"id": account_id},
    )
    if changed.first() is not None:
        uow.record(AccountUnparked(account_id=account_id, reason=reason))
    uow.touch("accounts")


async def note_streams(uow: UnitOfWork, account_ids: Sequence[UUID], *, at: datetime) -> None:
    """Remember when each private stream last spoke."""
    await uow.session.execute(
        text("UPDATE account_states SET stream_at = :at WHERE account_id = ANY(:ids)"),
        {"at": at, "ids": sorted(account_ids)},
    )


async def note_sync_error(uow: UnitOfWork, account_id: UUID, *, error: str) -> None:
    """Remember why an account could not be read; its figures grow stale on screen."""
    await uow.session.execute(
        text("UPDATE account_states SET sync_error = :error WHERE account_id = :id"),
        {"error": error[:500], "id": account_id},
    )
    uow.touch("accounts")
