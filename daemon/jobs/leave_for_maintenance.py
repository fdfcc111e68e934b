"""Positions are closed or reduced before an exchange's maintenance, where their strategy says so."""

from daemon.context import Context
from daemon.execution import maintenance_exits


async def run(context: Context) -> None:
    """Look at the positions of our shards."""
    await maintenance_exits.run(context)
