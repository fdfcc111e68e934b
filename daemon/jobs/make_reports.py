"""Tell people of the performance reports whose period is over."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import performance_reports
from patriot_app.core.unit_of_work import begin

FIRST_SHARD = 0
"""Who holds it sums up the days, and so knows when they are summed."""


async def run(context: Context) -> None:
    """Make what is due; what is left over is due in the next run."""
    if FIRST_SHARD not in context.lease.ready:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await performance_reports.make_due(uow, market_now=context.market_now())
