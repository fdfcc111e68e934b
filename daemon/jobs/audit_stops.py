"""Ask the exchanges every 30 s whether the stops of our books stand."""

from daemon.context import Context
from daemon.execution import stop_audit


async def run(context: Context) -> None:
    """Audit the stops of our shards."""
    await stop_audit.run(context)
