"""Ingest the money rows of both exchanges and tie them to the wallet."""

import asyncio
import logging
from datetime import timedelta

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution import bookkeeping
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import work_due

log = logging.getLogger(__name__)

MOVED_AFTER = timedelta(seconds=20)
CHECK_EVERY = timedelta(minutes=15)
"""How often a ledger is read of which no stream told any news."""
CONCURRENT_MAX = 8
BATCH_MAX = 100


async def run(context: Context) -> None:
    """Read ledgers with news, and the others now and then."""
    now = context.clock.now()
    due = await work_due.ledgers_due(
        context.lease.ready,
        moved=context.figures.money_moved(),
        moved_before=now - MOVED_AFTER,
        read_before=now - CHECK_EVERY,
        count=BATCH_MAX,
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
            context.figures.money_read(session.account_id)
            await bookkeeping.ingest(context, session)
        except ExchangeError as error:
            log.warning(
                "ledger_unreadable",
                extra={"account_id": str(session.account_id), "error": str(error)},
            )
        except Exception:
            # One account must not hold up the ledgers of the others.
            log.exception("ledger_failed", extra={"account_id": str(session.account_id)})
