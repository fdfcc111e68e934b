"""Stops follow the price, parts are closed early, where a strategy's settings say so."""

from daemon.context import Context
from daemon.execution import exit_plans


async def run(context: Context) -> None:
    """Look at the exit plans of our shards."""
    await exit_plans.run(context)
