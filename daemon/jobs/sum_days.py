"""Sum up days for returns: one trader does it for the whole desk."""

from datetime import UTC

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import benchmarks, performance_days
from patriot_app.core.unit_of_work import begin

FIRST_SHARD = 0
"""Who holds it sums up, so that two traders never write the same day."""


async def run(context: Context) -> None:
    """Book what the ledger brought, then sum up the days that it or the equity moved."""
    if FIRST_SHARD not in context.lease.ready:
        return
    today = context.market_now().astimezone(UTC).date()
    async with begin(SYSTEM) as uow:
        moved = await performance_days.book_profit(uow)
        await performance_days.sum_up(uow, moved=moved, today=today)
    async with begin(SYSTEM) as uow:
        await benchmarks.keep_closes(uow, today=today)
