"""Tie the days that are over to their wallets; tell of ledgers that nobody could read."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import ledger_days
from patriot_app.core.unit_of_work import begin

ROUNDS_MAX = 20


async def run(context: Context) -> None:
    """Settle days in steps; what is left over is settled in the next run."""
    if not context.lease.ready:
        return
    for _ in range(ROUNDS_MAX):
        async with begin(SYSTEM, clock=context.clock) as uow:
            if await ledger_days.settle(uow) < ledger_days.COUNT:
                break
    async with begin(SYSTEM, clock=context.clock) as uow:
        await ledger_days.tell_stale(uow)
