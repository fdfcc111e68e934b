"""Read money and positions by REST: often where no stream stands, rarely where one does."""

import asyncio
import logging
from datetime import timedelta

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution.reading import attached_stops
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.queries import work_due
from patriot_app.core.services import account_readings, account_states, protection
from patriot_app.core.services.account_readings import AccountReading
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

STALE_AFTER = timedelta(seconds=20)
CHECK_EVERY = timedelta(minutes=5)
"""How often the streams' figures are checked against a complete reading."""
CONCURRENT_MAX = 20
BATCH_MAX = 400


async def run(context: Context) -> None:
    """Read what is due, oldest first."""
    now = context.clock.now()
    due = await work_due.accounts_due(
        context.lease.ready,
        seen_before=now - STALE_AFTER,
        synced_before=now - CHECK_EVERY,
        count=BATCH_MAX,
    )
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    found = await asyncio.gather(
        *(
            _read(context, context.sessions[account_id], gate)
            for account_id in due
            if account_id in context.sessions
        )
    )
    readings = [reading for reading in found if reading is not None]
    if not readings:
        return
    async with begin(SYSTEM) as uow:
        await account_readings.record_readings(uow, readings)
        await protection.compare_attached(uow, attached_stops(readings), observed_at=now)


async def _read(
    context: Context, session: AccountSession, gate: asyncio.Semaphore
) -> AccountReading | None:
    async with gate:
        observed_at, market_at = context.clock.now(), context.market_now()
        try:
            positions = await context.gateway.fetch_positions(session)
            balance = await context.gateway.fetch_balance(session)
        except ExchangeError as error:
            log.warning("sync_failed", extra={"account_id": str(session.account_id)})
            async with begin(SYSTEM) as uow:
                await account_states.note_sync_error(uow, session.account_id, error=str(error))
            return None
    context.figures.put_reading(
        session.account_id, session.exchange, session.mode, balance, positions, as_of=observed_at
    )
    return AccountReading(
        account_id=session.account_id,
        balance=balance,
        positions=tuple(positions),
        observed_at=observed_at,
        market_at=market_at,
    )
