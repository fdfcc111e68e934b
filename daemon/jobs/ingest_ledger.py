"""Ingest the money rows of both exchanges and tie them to the wallet."""

import asyncio
import logging
from datetime import timedelta

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution import bookkeeping
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import running

log = logging.getLogger(__name__)

DUE_AFTER = timedelta(seconds=60)
CONCURRENT_MAX = 8
BATCH_MAX = 100


async def run(context: Context) -> None:
    """Read the ledgers that were read longest ago."""
    due = await running.ledgers_due(
        context.lease.ready, read_before=context.clock.now() - DUE_AFTER, count=BATCH_MAX
    )
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    await asyncio.gather(
        *(
            _ingest(context, context.sessions[account_id], gate)
            for account_id in due
            if account_id in context.sessions
        )
    )


async def _ingest(context: Context, session: AccountSession, gate: asyncio.Semaphore) -> None:
    async with gate:
        try:
            await bookkeeping.ingest(context, session)
        except ExchangeError:
            log.warning(
                "ledger_unreadable", extra={"account_id": str(session.account_id)}, exc_info=True
            )
