"""Entries that rest end when they must: at their time, or with their position."""

from daemon.context import Context
from daemon.execution import amendments, entries, replacements


async def run(context: Context) -> None:
    """Tend the resting entries of our shards."""
    await entries.tend(context)
    if await amendments.is_any_open(context):
        await amendments.resolve_open(context)
        await replacements.go_on(context)
