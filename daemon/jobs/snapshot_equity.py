"""Take equity snapshots of the accounts whose figures are fresh."""

from datetime import timedelta

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import portfolio
from patriot_app.core.unit_of_work import begin

FRESH = timedelta(seconds=30)
"""The stated age of live figures; older ones are stale and make no snapshot."""


async def run(context: Context) -> None:
    """Write the current market minute, hour and day; writing one again updates it."""
    shards = list(context.lease.ready)
    if not shards:
        return
    async with begin(SYSTEM) as uow:
        await portfolio.record_snapshots(
            uow,
            market_now=context.market_now(),
            shards=shards,
            fresh_after=context.clock.now() - FRESH,
        )
