"""The life of entries that rest at an exchange: they expire, give way, or end with their position.

Everything is decided from the database, so a restart continues where the last process stopped. An
entry is taken back through the fence and looked up after it: what filled meanwhile is a position
like any other, and the next decision sees it.
"""

import logging
from collections import Counter
from collections.abc import Collection, Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.breakers import Market
from daemon.execution import cancels, slices
from patriot_app.core.domain.entries import EntryScope, WithdrawalCause
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import attempts, entries
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)


async def tend(context: Context) -> None:
    """Announce ends that come soon, and take back what has come to its end."""
    shards = context.lease.ready
    if not shards:
        return
    market_now = context.market_now()
    async with begin(SYSTEM, clock=context.clock) as uow:
        await entries.tell_of_expiry(uow, shards, market_now=market_now)
        due = await entries.due(
            uow,
            shards,
            market_now=market_now,
            again=context.clock.now() - cancels.CANCEL_AGAIN_AFTER,
        )
    for cause in sorted(set(due.values())):
        await _withdraw(context, [each for each in due if due[each] is cause], cause)


async def supersede(
    context: Context, signal_id: UUID, accounts: Sequence[UUID], *, shards: Sequence[int]
) -> int:
    """Take back the accounts' resting entries of older signals; return how many there were.

    The account is planned after the cancel is proved: what filled meanwhile is then its position.
    Slices of older orders that were not sent are given up.
    """
    given_up = await slices.give_up(context, shards)
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await entries.superseded_by(uow, signal_id, accounts, shards=shards)
    await _withdraw(context, found, WithdrawalCause.SUPERSEDED)
    return len(found) + given_up


async def withdraw_all(context: Context) -> int:
    """Take back every resting entry of our shards before we go; return how many there were.

    What is not taken back in time is marked: whoever holds the shard next goes on with it.
    """
    shards = context.lease.ready
    if not shards:
        return 0
    everything = EntryScope.DESK
    given_up = await slices.cancel(context, shards, everything, "", reason=slices.SHUTDOWN)
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await entries.resting(uow, shards)
    await _withdraw(context, found, WithdrawalCause.SHUTDOWN)
    return len(found) + given_up


async def withdraw_markets(
    context: Context, markets: Collection[Market], *, deployments: Collection[UUID] | None = None
) -> int:
    """Take back the resting entries of exchanges that close soon; return how many there were.

    Args:
        deployments: whose entries are meant; None: everybody's.
    """
    async with begin(SYSTEM, clock=context.clock) as uow:
        resting = await entries.resting(uow, context.lease.ready)
        found = [
            live.ready.attempt_id
            for live in await attempts.by_ids(uow, resting)
            if (live.ready.order.exchange, live.ready.order.mode) in markets
            and (deployments is None or live.ready.order.deployment_id in deployments)
        ]
    await _withdraw(context, found, WithdrawalCause.MAINTENANCE)
    return len(found)


async def cancel_scope(
    context: Context, shard: int, scope: EntryScope, scope_id: str
) -> dict[str, int]:
    """Take back the working entries of a scope in a shard; return how many ended in which state."""
    given_up = await slices.cancel(context, [shard], scope, scope_id, reason=slices.CANCELLED)
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await entries.in_scope(uow, shard, scope, scope_id)
    await _withdraw(context, found, WithdrawalCause.OPERATOR)
    async with begin(SYSTEM, clock=context.clock) as uow:
        after = await attempts.by_ids(uow, found)
    ended = Counter(live.state.value for live in after)
    if given_up:
        ended["void"] += given_up
    return dict(ended)


async def _withdraw(context: Context, ids: Sequence[UUID], cause: WithdrawalCause) -> None:
    if not ids:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.by_ids(uow, ids)
    try:
        await cancels.cancel(context, found, cause=cause)
    except ExchangeError as error:
        # The mark stands: the next round asks again.
        log.warning("withdrawal_unanswered", extra={"cause": cause.value, "error": str(error)})
