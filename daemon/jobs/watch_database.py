"""Notice a database that was set back; prove the accounts again while it is not believed."""

import asyncio

from daemon.context import Context
from daemon.execution import cold, recovery
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import cold_modes
from patriot_app.core.unit_of_work import begin

AT_ONCE_MAX = 8


async def run(context: Context) -> None:
    """Look at the database; in cold mode read what was not read since."""
    await cold.watch(context)
    if not context.is_cold:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        due = await cold_modes.to_prove(uow, context.lease.ready)
    ours = [account_id for account_id in due if account_id in context.sessions]
    for start in range(0, len(ours), AT_ONCE_MAX):
        part = ours[start : start + AT_ONCE_MAX]
        await asyncio.gather(*(recovery.recover_account(context, each) for each in part))
    async with begin(SYSTEM, clock=context.clock) as uow:
        if await cold_modes.leave_if_proved(uow):
            context.is_cold = False
