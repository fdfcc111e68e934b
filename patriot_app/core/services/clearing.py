"""Clear up behind a halt, account by account: who is due, how far he is, what failed.

The rows are the progress that a crash leaves behind: whoever holds the shard next goes on with what
is waiting or running. An account is done when the exchange shows it so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.arrays import in_list
from patriot_app.core.db.locks import lock
from patriot_app.core.db.notify import HALTS, notify
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import HaltCleared, HaltClearingRetried
from patriot_app.core.domain.halts import (
    CLEARING_TRANSITIONS,
    ClearingState,
    HaltLevel,
    HaltScope,
)
from patriot_app.core.domain.orders import IN_FLIGHT, WORKING, AttemptState
from patriot_app.core.domain.transitions import prior_states
from patriot_app.core.errors import Refused
from patriot_app.core.unit_of_work import UnitOfWork

_C = ClearingState
_UNSETTLED = in_list((IN_FLIGHT - {AttemptState.QUARANTINED}) | {AttemptState.CREATED})
_OF_STRATEGY = (
    " AND (:strategy_id = '' OR i.deployment_id IN"
    " (SELECT d.id FROM deployments AS d WHERE d.strategy_id::text = :strategy_id))"
)

# What a crash left running is due at once: nobody but the shard's owner works on it.
_DUE = text(
    """
    SELECT c.halt_id, c.account_id, c.notional, c.tries, h.scope, h.scope_id, h.level
      FROM halt_accounts AS c JOIN halts AS h ON h.id = c.halt_id
     WHERE c.shard = ANY(:shards) AND c.state IN ('waiting', 'running') AND c.due_at <= :now
       AND h.lifted_at IS NULL AND NOT (c.account_id = ANY(:busy))
       AND NOT EXISTS (SELECT 1 FROM halts AS s JOIN accounts AS a ON a.id = c.account_id
            WHERE s.lifted_at IS NULL AND s.level = 4 AND (s.scope = 'desk'
               OR (s.scope = 'exchange' AND s.scope_id = a.exchange)
               OR (s.scope = 'client' AND s.scope_id = a.client_id::text)
               OR (s.scope = 'account' AND s.scope_id = a.id::text)))
     ORDER BY h.level DESC, c.notional DESC, c.account_id LIMIT :count
    """
)
_START = text(
    f"""
    UPDATE halt_accounts SET state = 'running', tries = tries + 1, error = '',
           started_at = coalesce(started_at, :now)
     WHERE halt_id = :halt_id AND account_id = :account_id
       AND state IN ({in_list({*prior_states(CLEARING_TRANSITIONS, _C.RUNNING), _C.RUNNING})})
    RETURNING tries
    """  # noqa: S608
)
_MOVE = text(
    """
    UPDATE halt_accounts SET state = :state, due_at = :due_at, result = :result, error = :error,
           finished_at = CAST(:finished_at AS timestamptz),
           tries = tries - :undone
     WHERE halt_id = :halt_id AND account_id = :account_id AND state = ANY(:prior)
    """
)
_LEFT = text(
    """
    SELECT h.scope, h.scope_id, h.level,
           count(*) FILTER (WHERE c.state IN ('waiting', 'running')) AS open,
           count(*) FILTER (WHERE c.state = 'done') AS done,
           count(*) FILTER (WHERE c.state = 'failed') AS failed
      FROM halts AS h JOIN halt_accounts AS c ON c.halt_id = h.id
     WHERE h.id = :halt_id GROUP BY h.id
    """
)
_RETRY = text(
    f"""
    UPDATE halt_accounts AS c SET state = 'waiting', due_at = :now, tries = 0, finished_at = NULL
      FROM halts AS h
     WHERE c.halt_id = :halt_id AND h.id = c.halt_id AND h.lifted_at IS NULL
       AND c.state = 'failed' AND c.state IN ({in_list(prior_states(CLEARING_TRANSITIONS, _C.WAITING))})
    RETURNING c.account_id
    """  # noqa: S608
)
_TO_CANCEL = text(
    f"""
    SELECT t.id FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
     WHERE t.account_id = :account_id AND t.state IN ({in_list(WORKING)})
       AND (i.leg = 'entry' OR (:flattens AND i.leg = 'exit' AND i.order_type <> 'MARKET'))
     {_OF_STRATEGY}
    """  # noqa: S608
)
_SYMBOLS = text(
    f"""
    SELECT DISTINCT i.symbol FROM intents AS i
     WHERE i.account_id = :account_id {_OF_STRATEGY} ORDER BY 1
    """  # noqa: S608
)
_UNSETTLED_SYMBOLS = text(
    f"""
    SELECT DISTINCT i.symbol FROM attempts AS t JOIN intents AS i ON i.id = t.intent_id
     WHERE t.account_id = :account_id AND i.leg IN ('entry', 'exit')
       -- A halt has ended the later slices of an order for good; only their rows may not say so yet.
       AND NOT (i.slice > 1 AND t.state = 'created')
       AND (t.state IN ({_UNSETTLED}) OR (i.leg = 'exit' AND t.state IN ({in_list(WORKING)})))
    """  # noqa: S608
)
# An entry that rests is not older than it may become.
_DONE = text(
    f"""
    SELECT count(*) FILTER (WHERE i.leg = 'entry' AND t.state = 'canceled') AS cancelled,
           count(DISTINCT i.symbol) FILTER (WHERE i.leg = 'exit' AND i.signal_id IS NULL
               AND i.created_at >= h.raised_at AND t.filled_quantity > 0) AS closed
      FROM halts AS h
      JOIN attempts AS t ON t.account_id = :account_id
       AND t.created_at >= h.raised_at - interval '8 days'
       AND (t.created_at >= h.raised_at OR t.cancel_requested_at >= h.raised_at)
      JOIN intents AS i ON i.id = t.intent_id
     WHERE h.id = :halt_id AND (i.leg = 'exit' OR (i.leg = 'entry' {_OF_STRATEGY}))
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class Clearing:
    """One account that is to be cleared up now.

    Attributes:
        notional: USDT held when the halt was raised.
        strategy_id: whose orders and positions alone are meant; "" for all of ours.
    """

    halt_id: UUID
    account_id: UUID
    notional: Decimal
    level: HaltLevel
    strategy_id: str


async def due(
    uow: UnitOfWork, shards: Sequence[int], *, busy: Iterable[UUID], count: int
) -> list[Clearing]:
    """Return the accounts of the shards that are due, the largest first.

    Args:
        busy: accounts that this process works on already.
    """
    rows = await uow.session.execute(
        _DUE, {"shards": list(shards), "now": uow.now, "busy": sorted(busy), "count": count}
    )
    return [_clearing(row) for row in rows]


async def start(uow: UnitOfWork, one: Clearing) -> int | None:
    """Note that an account is being worked on; return which try it is, None if it is over."""
    found = await uow.session.execute(
        _START, {"halt_id": one.halt_id, "account_id": one.account_id, "now": uow.now}
    )
    uow.touch("halts")
    tries: int | None = found.scalar_one_or_none()
    return tries


async def finish(uow: UnitOfWork, one: Clearing) -> None:
    """Note that an account is done, and what that took; tell of a halt whose last account it was."""
    await _move(uow, one, _C.DONE, result=await _done(uow, one))
    await _tell_if_over(uow, one.halt_id)


async def postpone(
    uow: UnitOfWork, one: Clearing, *, after: timedelta, why: str, counts: bool
) -> None:
    """Let an account be tried again later.

    Args:
        counts: as a failed try; an order in flight that must be awaited is none.
    """
    await _move(uow, one, _C.WAITING, error=why, after=after, undone=0 if counts else 1)


async def fail(uow: UnitOfWork, one: Clearing, *, why: str) -> None:
    """Give an account up until somebody asks for it again."""
    await _move(uow, one, _C.FAILED, error=why)
    await _tell_if_over(uow, one.halt_id)


async def retry_failed(uow: UnitOfWork, halt_id: UUID, *, reason: str) -> int:
    """Let the failed accounts of a halt be tried again; return how many.

    Raises:
        Invalid: no reason; Refused: none failed, or the halt is lifted.
    """
    need_reason(reason)
    found = (await uow.session.execute(_RETRY, {"halt_id": halt_id, "now": uow.now})).all()
    if not found:
        raise Refused("No account of this halt has failed")
    uow.record(HaltClearingRetried(subject=halt_id, accounts=len(found), reason=reason))
    await notify(uow.session, HALTS)
    uow.touch("halts")
    return len(found)


async def to_cancel(uow: UnitOfWork, one: Clearing) -> list[UUID]:
    """Return the working orders that the halt cancels on an account; never a stop."""
    flattens = one.level is HaltLevel.FLATTEN
    found = await uow.session.execute(_TO_CANCEL, _whose(one) | {"flattens": flattens})
    return list(found.scalars())


async def our_symbols(uow: UnitOfWork, one: Clearing) -> list[str]:
    """Return the symbols that we ever traded there; a customer's other positions are his."""
    return list((await uow.session.execute(_SYMBOLS, _whose(one))).scalars())


async def unsettled(uow: UnitOfWork, account_id: UUID) -> set[str]:
    """Return the symbols on which the outcome of an entry or an exit of ours is still open."""
    found = await uow.session.execute(_UNSETTLED_SYMBOLS, {"account_id": account_id})
    return set(found.scalars())


async def _move(
    uow: UnitOfWork,
    one: Clearing,
    state: ClearingState,
    *,
    result: str = "",
    error: str = "",
    after: timedelta = timedelta(0),
    undone: int = 0,
) -> None:
    await uow.session.execute(
        _MOVE,
        {
            "halt_id": one.halt_id,
            "account_id": one.account_id,
            "state": state.value,
            "prior": [each.value for each in prior_states(CLEARING_TRANSITIONS, state)],
            "finished_at": None if state is _C.WAITING else uow.now,
            "due_at": uow.now + after,
            "result": result,
            "error": error[:500],
            "undone": undone,
        },
    )
    uow.touch("halts")


async def _done(uow: UnitOfWork, one: Clearing) -> str:
    """Say what was done there; from the books, since it may have taken several rounds."""
    bound = _whose(one) | {"halt_id": one.halt_id}
    row = (await uow.session.execute(_DONE, bound)).one()
    said = [f"{row.cancelled} cancelled"] if row.cancelled else []
    said += [f"{row.closed} closed"] if row.closed else []
    return ", ".join(said) or "nothing to do"


async def _tell_if_over(uow: UnitOfWork, halt_id: UUID) -> None:
    # Two accounts that end at once would each see the other at work, and nobody would tell.
    await lock(uow.session, "halt", halt_id)
    row = (await uow.session.execute(_LEFT, {"halt_id": halt_id})).one()
    if row.open:
        return
    uow.record(
        HaltCleared(
            subject=halt_id,
            scope=row.scope,
            scope_id=row.scope_id,
            level=row.level,
            done=row.done,
            failed=row.failed,
        )
    )


def _whose(one: Clearing) -> dict[str, Any]:
    return {"account_id": one.account_id, "strategy_id": one.strategy_id}


def _clearing(row: Any) -> Clearing:
    return Clearing(
        halt_id=row.halt_id,
        account_id=row.account_id,
        notional=row.notional,
        level=HaltLevel(row.level),
        strategy_id=row.scope_id if row.scope == HaltScope.STRATEGY else "",
    )
