"""Leave positions before a planned maintenance, where their strategy says so.

Decided from the database and the exchange's own figures, each order reduce-only and through the fence:
whoever holds the shard goes on after a crash.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import exits, maintenance, reading, submitter
from patriot_app.core.domain.instruments import round_quantity_down
from patriot_app.core.domain.maintenance_exits import (
    TRIES_MAX,
    is_time_to_leave,
    quantity_to_leave,
)
from patriot_app.core.domain.orders import Side
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import ExchangeError
from patriot_app.core.ids import derived_id
from patriot_app.core.services import maintenance_exits, orders
from patriot_app.core.services.maintenance_exits import LeavingPosition
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 16


async def run(context: Context) -> None:
    """Look whether a window comes soon, and leave what is to be left before it."""
    lead = context.settings.maintenance_exit_lead
    now = maintenance.now(context)
    windows = [each.id for each in context.maintenance if is_time_to_leave(each, now, lead=lead)]
    shards = context.lease.ready
    if not windows or not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await maintenance_exits.due(uow, shards, windows)
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    await asyncio.gather(
        *(_leave(context, each, gate) for each in found if each.account_id in context.sessions)
    )


async def _leave(context: Context, position: LeavingPosition, gate: asyncio.Semaphore) -> None:
    ids = [
        derived_id("exit", f"{position.window_id}|{n}", position.account_id, position.symbol)
        for n in range(TRIES_MAX)
    ]
    async with gate:
        try:
            await _close_part(context, position, ids)
        except ExchangeError as error:
            # The next round asks again, as long as the exchange is open.
            log.warning(
                "maintenance_exit_unanswered",
                extra={"account_id": position.account_id, "error": str(error)},
            )


async def _close_part(
    context: Context, position: LeavingPosition, ids: Sequence[UUID]
) -> submitter.Sent | None:
    session = context.sessions[position.account_id]
    instrument = context.instruments.get((session.exchange, position.symbol))
    if instrument is None:
        return None
    async with begin(SYSTEM, clock=context.clock) as uow:
        tries = await maintenance_exits.tries(uow, ids)
    if not all(each.is_ended for each in tries):
        return None
    held = await exits.held_at_exchange(context, session, position.symbol)
    if held == 0:
        # Our books have not heard of its last trades.
        await reading.read_fills(context, session, position.symbol)
        return None
    wanted = quantity_to_leave(position.rule, tries, held=held)
    if wanted is None:
        return None
    quantity = round_quantity_down(instrument, min(wanted, instrument.market_quantity_max))
    if quantity == 0:
        return None
    order = exits.market_exit(
        session,
        position.symbol,
        intent_id=ids[len(tries)],
        shard=position.shard,
        side=Side.SELL if held > 0 else Side.BUY,
        quantity=quantity,
        deadline=context.clock.now() + exits.EXIT_TTL,
    )
    async with begin(SYSTEM, clock=context.clock) as uow:
        ready = await orders.open_intents(uow, [order], instance_key=context.instance_key)
        if ready and not tries:
            maintenance_exits.record_decision(uow, position)
    return await submitter.send(context, ready, lane=Lane.EXIT) if ready else None
