"""Remind clients of overdue invoices, hold them where the desk wants it, tell months without a fee."""

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import accounts, invoice_sending, overdue_holds
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Do what is due; what is left over is due in the next run."""
    if not context.lease.ready:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await invoice_sending.remind(uow)
        await invoice_sending.tell_months_without_fee(uow)
    async with begin(SYSTEM, clock=context.clock) as uow:
        for hold in await overdue_holds.begin_holds(uow):
            await accounts.suspend(uow, hold.account_id, reason=hold.reason)
