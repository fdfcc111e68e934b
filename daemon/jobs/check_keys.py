"""Look at keys that are due: new ones that wait for their exchange, and each one every hour."""

import asyncio
import logging
from datetime import timedelta

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import key_life
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import key_work
from patriot_app.core.queries.key_work import DueKey

log = logging.getLogger(__name__)

CHECK_EVERY = timedelta(minutes=55)
COMMAND_PATIENCE = timedelta(minutes=5)
"""A submitted key whose command nobody carried out by then is taken up."""
BATCH_MAX = 40
CONCURRENT_MAX = 4


async def run(context: Context) -> None:
    """Set aside what is kept out, then look at what is due; one bad key holds up no other."""
    await key_life.set_aside_denied(context)
    now = context.clock.now()
    due = await key_work.due(
        context.lease.ready,
        now=now,
        submitted_before=now - COMMAND_PATIENCE,
        checked_before=now - CHECK_EVERY,
        count=BATCH_MAX,
    )
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    await asyncio.gather(*(_look(context, key, gate) for key in due))


async def _look(context: Context, key: DueKey, gate: asyncio.Semaphore) -> None:
    async with gate:
        READ_LANE.set(Lane.RESOLUTION if key.is_new else Lane.POLLING)
        try:
            await key_life.look(context, key.credential_id)
        except PatriotError as error:
            log.warning(
                "key_not_checked",
                extra={"account_id": str(key.account_id), "error": str(error)},
            )
