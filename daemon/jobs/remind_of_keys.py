"""Remind clients of keys that end or grew old."""

from datetime import timedelta

from daemon.context import Context
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import key_reminders
from patriot_app.core.unit_of_work import begin


async def run(context: Context) -> None:
    """Send what is due for the accounts of our shards."""
    shards = context.lease.ready
    if not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await key_reminders.remind(uow, shards=shards)
        days = context.settings.key_renewal_days
        if days:
            await key_reminders.ask_renewals(uow, shards=shards, renew_after=timedelta(days=days))
