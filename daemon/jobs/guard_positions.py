"""Every open position has the legs that it must have; repair, or raise the alarm."""

from daemon.context import Context
from daemon.execution import protector


async def run(context: Context) -> None:
    """Audit and repair the protection of our shards."""
    await protector.run(context)
