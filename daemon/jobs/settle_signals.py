"""Keep what signals came to, so that the page of signals need not count their orders again, and tell
staff who took no part."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import fan_out_notices, signal_outcomes
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Settle the recent signals; those of other daemons too, the row is unique."""
    if not context.lease.ready:
        return
    async with begin(SYSTEM) as uow:
        await signal_outcomes.settle(uow)
    async with begin(SYSTEM) as uow:
        await fan_out_notices.tell(uow)
