"""Take the read models forward that come from the record."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import projections
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Do it, batch by batch, until each of them has taken in what there is."""
    for model in projections.READ_MODELS:
        while True:
            async with begin(SYSTEM, clock=context.clock, is_durable=False) as uow:
                taken = await projections.advance(uow, model)
            if taken < projections.BATCH:
                break
