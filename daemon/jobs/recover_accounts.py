"""Read again what could not be read at a take-over: one bad answer must not idle an account."""

import asyncio
from uuid import UUID

from daemon.context import Context
from daemon.execution import recovery
from patriot_app.core.queries import work_due

CONCURRENT_MAX = 8
BATCH_MAX = 100


async def run(context: Context) -> None:
    """Recover the accounts of our shards that are not ready and whose key is open here."""
    gate = asyncio.Semaphore(CONCURRENT_MAX)

    async def one(account_id: UUID) -> None:
        async with gate:
            await recovery.recover_account(context, account_id)

    waiting = await work_due.accounts_not_ready(context.lease.ready, count=BATCH_MAX)
    await asyncio.gather(*(one(account) for account in waiting if account in context.sessions))
