"""Send the later slices of an order at their times, and give up what must not be sent any more.

Everything is decided from the books: the slices stand there since the order was planned, so whoever
holds the shard goes on from what is written. A slice passes the same fence as any order, which asks
in its own statement whether it may still be sent; each is sent at most once.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import submitter
from patriot_app.core.domain.entries import EntryScope
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import ReadyAttempt
from patriot_app.core.services import attempts, orders, slices
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
SHUTDOWN = "The desk was shut down"
CANCELLED = "An operator cancelled it"
AT_ONCE_MAX = 250
"""Slices that leave together; what is left follows at the next look."""


class Slicer:
    """Sends slices as their times come; one that is held up holds up no other."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._sending: dict[asyncio.Task[None], frozenset[UUID]] = {}

    async def run(self) -> None:
        """Look twice a second until cancelled."""
        try:
            while True:
                try:
                    await self.send_due()
                except Exception:
                    log.exception("slices_not_sent")
                await self._context.clock.sleep(LOOK_EVERY_S)
        finally:
            await self.settle()

    async def send_due(self) -> None:
        """Give up what has come to nothing and start what is due."""
        context = self._context
        shards = context.lease.ready
        if not shards:
            return
        await give_up(context, shards)
        async with begin(SYSTEM, clock=context.clock, is_durable=False) as uow:
            found = await slices.due(uow, shards)
            busy = frozenset[UUID]().union(*self._sending.values())
            wanted = [each for each in found if each not in busy][:AT_ONCE_MAX]
            ready = [live.ready for live in await attempts.by_ids(uow, wanted)] if wanted else []
        if ready:
            # Not awaited: the next look must not wait for the slowest answer to this one.
            task = asyncio.create_task(self._send(ready), name="slices")
            self._sending[task] = frozenset(each.attempt_id for each in ready)
            task.add_done_callback(self._sending.pop)

    async def settle(self) -> None:
        """Wait until what left has its answers."""
        await asyncio.gather(*self._sending, return_exceptions=True)

    async def _send(self, ready: Sequence[ReadyAttempt]) -> None:
        try:
            # What may not leave now stays until it is too late for it.
            await submitter.send(self._context, ready, lane=Lane.ENTRY, void_unsent=False)
        except Exception:
            log.exception("slices_not_sent", extra={"attempts": len(ready)})


async def give_up(context: Context, shards: Sequence[int]) -> int:
    """Give up the slices that must not be sent any more, each with its reason; return how many."""
    async with begin(SYSTEM, clock=context.clock, is_durable=False) as uow:
        found = await slices.given_up(uow, shards)
    if not found:
        return 0
    given_up = 0
    async with begin(SYSTEM, clock=context.clock) as uow:
        for reason, ids in sorted(found.items()):
            given_up += len(
                await orders.void_attempts(uow, ids, owner=context.process, reason=reason)
            )
    return given_up


async def cancel(
    context: Context, shards: Sequence[int], scope: EntryScope, scope_id: str, *, reason: str
) -> int:
    """Give up the slices to come that a scope covers; return how many."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await slices.in_scope(uow, shards, scope, scope_id)
        return len(await orders.void_attempts(uow, found, owner=context.process, reason=reason))
