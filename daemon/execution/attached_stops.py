"""Stops that hang on a position itself (Bybit): looked for after the entry, withdrawn when in the way.

They have no order of ours behind them, so the mark before their withdrawal is on the leg.
"""

import logging
from datetime import timedelta
from decimal import Decimal

from daemon.context import Context
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import kill_file
from patriot_app.core.db.sessions import use_reserve
from patriot_app.core.domain.orders import OrderIdentity, Outcome
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import LegState, LiveLeg
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import protection
from patriot_app.core.services.guarded import GuardedPosition
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

AGAIN_AFTER = timedelta(seconds=10)
CANCEL_WEIGHT = 1.0


async def look(context: Context, position: GuardedPosition) -> None:
    """Ask Bybit whether the position carries its stop."""
    session = context.sessions[position.account_id]
    READ_LANE.set(Lane.EXIT)
    use_reserve()
    try:
        reports = await context.gateway.fetch_positions(session, symbol=position.symbol)
    except PatriotError as error:
        log.warning(
            "attached_stop_not_read",
            extra={"account_id": str(position.account_id), "error": str(error)},
        )
        return
    stops = [
        (position.account_id, report.symbol, report.stop_loss)
        for report in reports
        if report.stop_loss is not None
    ]
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.confirm_attached(uow, stops)


def is_outer(position: GuardedPosition, leg: LiveLeg) -> bool:
    """Tell whether an attached stop lies behind the one that is wanted.

    Then it stays, as the layer that holds while the inner one is replaced.
    """
    if position.wanted_stop is None or position.quantity == 0:
        return False
    ahead: Decimal = position.wanted_stop - leg.trigger_price
    return ahead > 0 if position.quantity > 0 else ahead < 0


async def withdraw(context: Context, position: GuardedPosition, leg: LiveLeg) -> None:
    """Take an attached stop off a position, through the fence; asking twice takes off no other.

    Call it only when another stop stands.
    """
    epoch = context.lease.epoch(position.shard)
    session = context.sessions.get(position.account_id)
    if epoch is None or session is None or kill_file.is_stopped(context):
        return
    READ_LANE.set(Lane.EXIT)
    use_reserve()
    try:
        listed = await context.gateway.fetch_open_orders(session, symbol=position.symbol)
        await context.gateway.throttle.admit(
            [session], lane=Lane.EXIT, weight=CANCEL_WEIGHT, orders=0
        )
    except PatriotError as error:
        log.warning("attached_stop_not_withdrawn", extra={"error": str(error)})
        return
    found = next(
        (r for r in listed if r.is_attached and r.trigger_price == leg.trigger_price), None
    )
    timestamp_ms = context.gateway.timestamp_ms(session.exchange, session.mode)
    async with begin(SYSTEM, clock=context.clock) as uow:
        if found is None:
            await protection.end_legs(uow, [leg.leg_id], LegState.CANCELED)
            return
        is_marked = await protection.mark_withdrawing(
            uow,
            leg.leg_id,
            shard=position.shard,
            epoch=epoch,
            owner=context.process,
            again=context.clock.now() - AGAIN_AFTER,
        )
    if not is_marked:
        return
    result = await context.gateway.cancel(
        session,
        OrderIdentity(position.account_id, position.symbol, "", found.exchange_order_id, True),
        timestamp_ms=timestamp_ms,
        receive_window_ms=context.settings.receive_window_ms,
    )
    if result.outcome is not Outcome.ACCEPTED:
        log.info("attached_stop_not_withdrawn", extra={"code": result.code})
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        await protection.end_legs(uow, [leg.leg_id], LegState.CANCELED)
