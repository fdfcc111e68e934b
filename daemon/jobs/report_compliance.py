"""Make the compliance report of the month before, once it is over."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import compliance, projections
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Do it, unless it stands already."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        await projections.catch_up(uow, projections.DAYS)
        await compliance.make_due(uow)
