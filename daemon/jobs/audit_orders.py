"""Ask about orders of which the streams should have told more by now."""

from daemon.context import Context
from daemon.execution import order_audit


async def run(context: Context) -> None:
    """Look at the orders of our shards that cannot rest and still stand as open."""
    await order_audit.look_at_taken(context)


async def run_resting(context: Context) -> None:
    """Look at the orders of our shards that rest."""
    await order_audit.look_at_resting(context)
