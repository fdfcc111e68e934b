"""Look at the exchanges themselves for the stops that our books hold for standing (R-stop, 2.9).

The guard works from the books every few seconds; the audit asks whether they are right: every 30 s,
by symbol, both families of Binance's endpoints, and what Bybit's position carries. A leg that is not
listed is looked up by its id, never taken for gone: what the look-up says moves the books, and the
guard does the rest. It takes only what the rate limits leave over, so where the budget is thin an
account waits for its turn; those that waited longest come first.
"""

import asyncio
import logging
from collections.abc import Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.execution import identities, protector, reading
from patriot_app.core.domain.orders import WORKING, OrderReport
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import LegState
from patriot_app.core.domain.sending import AccountReports
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import attempts, guarded, protection
from patriot_app.core.services.guarded import GuardedPosition
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 8


async def run(context: Context) -> None:
    """Audit the protection of every position of our shards."""
    shards = context.lease.ready
    if not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        positions = await guarded.guarded(uow, shards)
    waited = sorted(positions, key=lambda p: context.audited.get((p.account_id, p.symbol), 0.0))
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    moved = await asyncio.gather(*(_audit(context, position, gate) for position in waited))
    changed = sorted({account_id for account_id in moved if account_id is not None})
    if changed:
        await protector.guard(context, changed)


async def _audit(
    context: Context, position: GuardedPosition, gate: asyncio.Semaphore
) -> UUID | None:
    """Audit one position; return its account if the books had to move."""
    session = context.sessions.get(position.account_id)
    if session is None:
        return None
    async with gate:
        try:
            has_moved = await _compare(context, session, position)
        except ExchangeError as error:
            # Its turn comes first in the next round.
            log.warning(
                "stop_audit_failed",
                extra={"account_id": str(position.account_id), "error": str(error)},
            )
            return None
    context.audited[position.account_id, position.symbol] = context.clock.monotonic()
    return position.account_id if has_moved else None


async def _compare(context: Context, session: AccountSession, position: GuardedPosition) -> bool:
    listed = await context.gateway.fetch_open_orders(session, symbol=position.symbol)
    known = {report.client_order_id for report in listed}
    with_orders = [
        leg.attempt_id
        for leg in position.legs
        if leg.attempt_id is not None and leg.attempt_state in WORKING
    ]
    async with begin(SYSTEM, clock=context.clock) as uow:
        live = await attempts.by_ids(uow, with_orders)
    missing = [each for each in live if each.ready.client_order_id not in known]
    found: list[OrderReport] = []
    for each in missing:
        report = await context.gateway.fetch_order(session, identities.identity_of(each))
        if report is not None:
            found.append(report)
        else:
            log.error(
                "stop_not_at_exchange",
                extra={"client_order_id": each.ready.client_order_id, "symbol": position.symbol},
            )
    if found:
        # It may have been triggered unheard: its trades come before its end.
        await reading.read_fills(context, session, position.symbol)
    recorded = await reading.record(
        context, [AccountReports(session.account_id, reports=tuple(found))]
    )
    lost = await _lost_attached(context, session, position)
    return bool(missing or recorded.fills or lost)


async def _lost_attached(
    context: Context, session: AccountSession, position: GuardedPosition
) -> Sequence[UUID]:
    """Close the attached legs that the position at the exchange does not carry any more."""
    attached = [
        leg
        for leg in position.legs
        if leg.intent_id is None and leg.live.state is LegState.PLACED and position.quantity != 0
    ]
    if not attached:
        return ()
    held = await context.gateway.fetch_positions(session, symbol=position.symbol)
    carried = {report.stop_loss for report in held} | {
        report.trigger_price
        for report in await context.gateway.fetch_open_orders(session, symbol=position.symbol)
    }
    if all(report.quantity == 0 for report in held):
        # The position is gone with its stop; its trades tell the rest.
        return ()
    lost = [leg.live.leg_id for leg in attached if leg.live.trigger_price not in carried]
    if lost:
        async with begin(SYSTEM, clock=context.clock) as uow:
            await protection.lock(uow, [position.account_id])
            await protection.end_legs(uow, lost, LegState.CANCELED)
            await protection.mark_unprotected(uow, [(position.account_id, position.symbol)])
    return lost
