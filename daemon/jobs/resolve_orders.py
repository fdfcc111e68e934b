"""Look up orders whose outcome is unknown; never send one again."""

from daemon.context import Context
from daemon.execution import resolver


async def run(context: Context) -> None:
    """Resolve what is unknown in our shards."""
    await resolver.run(context)
