"""Try a signal again on the accounts that it failed on: a signal of its own, for exactly these.

An account may be tried again once per signal, and only when nothing of the first try can still
become a trade: every order of it ended without one, or what kept it out may have passed. Who clicks
twice, or second, finds nothing left. The new signal goes the way of any other: planned against what
the account holds now, with ids derived anew, through the fence.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.db.outcomes import OUTCOMES, RETRYABLE, SUPERSEDED
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.commands import RetrySignal
from patriot_app.core.domain.events import CommandIssued
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.unit_of_work import UnitOfWork

_SIGNAL = text(
    f"SELECT s.valid_until, {SUPERSEDED} AS is_superseded FROM signals AS s WHERE s.id = :id"  # noqa: S608
)
_RETRYABLE = text(
    f"SELECT r.account_id FROM ({OUTCOMES}) AS r WHERE {RETRYABLE} ORDER BY r.account_id"  # noqa: S608
)
_RECORDED = text(
    "SELECT id, cardinality(accounts) AS accounts FROM signals"
    " WHERE retry_of = :retry_of AND signal_key = :key"
)


@dataclass(frozen=True, slots=True)
class Retried:
    """The signal that tries again, and on how many accounts."""

    signal_id: UUID
    accounts: int


async def ask(
    uow: UnitOfWork,
    signal_id: UUID,
    *,
    at_present_price: bool,
    reason: str,
    idempotency_key: str,
) -> UUID:
    """Ask for the failed accounts of a signal to be tried again; return the command.

    Args:
        at_present_price: the operator agreed to today's price, should the signal have expired.

    Raises:
        NotFound: no such signal; Invalid: no reason.
        Refused: nothing to try again, a newer signal, or it expired and nobody agreed to that.
    """
    need_reason(reason)
    valid_until = await _check(uow, signal_id)
    if valid_until <= uow.now and not at_present_price:
        raise Refused("The signal has expired meanwhile; look at the present price first")
    accounts = await _retryable(uow, signal_id)
    if not accounts:
        raise Refused("No account of this signal is left to be tried again")
    command = RetrySignal(
        signal_id=signal_id,
        accounts=tuple(str(one) for one in accounts),
        at_present_price=at_present_price,
        published_by=uow.actor.user_id,
        reason=reason,
    )
    command_id = await uow.issue(command, idempotency_key=idempotency_key, shard=None)
    uow.record(CommandIssued(subject=signal_id, command=command.type, reason=reason))
    return command_id


async def find(uow: UnitOfWork, signal_id: UUID, *, key: str) -> Retried | None:
    """Return what was recorded under a key already, for a command that is carried out again."""
    row = (await uow.session.execute(_RECORDED, {"retry_of": signal_id, "key": key})).one_or_none()
    return None if row is None else Retried(row.id, row.accounts)


async def select(uow: UnitOfWork, signal_id: UUID, *, wanted: Sequence[UUID]) -> tuple[UUID, ...]:
    """Return those of the wanted accounts that may be tried again, and let nobody else choose.

    Whoever comes second waits for the first one's signal to be recorded, and then sees it.

    Raises:
        NotFound: no such signal; Refused: none of them may, or a newer signal took its place.
    """
    await lock(uow.session, "retry", str(signal_id))
    await _check(uow, signal_id)
    asked = set(wanted)
    accounts = tuple(one for one in await _retryable(uow, signal_id) if one in asked)
    if not accounts:
        raise Refused("These accounts were tried again already, or have an order by now")
    return accounts


async def _check(uow: UnitOfWork, signal_id: UUID) -> datetime:
    row = (await uow.session.execute(_SIGNAL, {"id": signal_id})).one_or_none()
    if row is None:
        raise NotFound(f"There is no signal {signal_id}")
    if row.is_superseded:
        raise Refused("A newer signal took its place; trying this one again would go against it")
    valid_until: datetime = row.valid_until
    return valid_until


async def _retryable(uow: UnitOfWork, signal_id: UUID) -> list[UUID]:
    found = await uow.session.execute(_RETRYABLE, {"signal_ids": [signal_id]})
    return list(found.scalars())
