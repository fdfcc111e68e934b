"""End overrides of limits whose time is over, so that everybody sees which limit counts again."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import risk
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Close and tell of what has expired; an expired override binds no more even before."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        await risk.expire_overrides(uow)
