"""Close months once they are over; look again at drafts and at what is held."""

from datetime import timedelta

from daemon.context import Context
from daemon.execution import months

AGAIN_AFTER = timedelta(minutes=10)
"""How often a held month or a draft is looked at again."""
LASTS_MAX_S = 50.0


async def run(context: Context) -> None:
    """Close what is due; what is left over is due in the next run."""
    if not context.lease.ready:
        return
    await months.close_due(
        context.clock,
        computed_before=context.clock.now() - AGAIN_AFTER,
        until_s=context.clock.monotonic() + LASTS_MAX_S,
    )
