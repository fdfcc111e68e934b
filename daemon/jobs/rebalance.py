"""Rebalance accounts when their slot comes or a person asked: one trader does it for the whole desk."""

import logging

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import rebalancing
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

FIRST_SHARD = 0
"""Who holds it rebalances, so that two traders never divide the same account."""
LASTS_MAX_S = 50.0


async def run(context: Context) -> None:
    """Go on with the run that is under way, or begin one; what is left is due in the next run."""
    if FIRST_SHARD not in context.lease.ready:
        return
    until_s = context.clock.monotonic() + LASTS_MAX_S
    async with begin(SYSTEM, clock=context.clock) as uow:
        run_id = await rebalancing.begin_due(uow, market_now=context.market_now())
    if run_id is None:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await rebalancing.prepare(uow, run_id)
    async with begin(SYSTEM, clock=context.clock) as uow:
        accounts = await rebalancing.pending(uow, run_id)
    for account_id in accounts:
        if context.clock.monotonic() >= until_s:
            break
        try:
            async with begin(SYSTEM, clock=context.clock) as uow:
                await rebalancing.settle(uow, run_id, account_id)
        except Exception:
            # One account must not hold up the others; it is tried again in the next run.
            log.exception("account_not_rebalanced", extra={"account_id": str(account_id)})
    async with begin(SYSTEM, clock=context.clock) as uow:
        await rebalancing.finish(uow, run_id)
