"""Ask the exchanges about orders of which the streams told nothing more (R-order, EXECUTION 2.9).

A stream may lose every frame of a trade and show no gap. A market order that filled would then stand
in the books as open, and its position without a stop, until somebody reads the whole account. What
cannot rest is therefore asked about soon after it left, and more and more rarely while its exchange
shows it open, and so is what ended without its trades. What rests is asked about at a steady pace,
from what the rate limits leave over.

Trades are stored before the end of their order: one whose trades could not be read stays open here,
and is asked about again.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import identities, protector, reading
from patriot_app.core.domain.entries import RESTING, would_trigger
from patriot_app.core.domain.orders import WORKING
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import AccountReports, LiveAttempt
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import attempts
from patriot_app.core.services.fills import NOTHING
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 20
TAKEN_AFTER = timedelta(seconds=2.5)
"""By then a stream has told of an order that cannot rest, or will not."""
PAUSES_S = (2.5, 5.0, 10.0, 20.0, 30.0)
"""Between two looks at an order that cannot rest and that its exchange still shows as open."""
RESTING_EVERY_S = 30.0
LOOK_WEIGHT = 6.0
"""Of the look-up of an order and of one page of its trades, at most."""


async def look_at_taken(context: Context) -> None:
    """Look up the orders of our shards that cannot rest and should be over."""
    found = [live for live in await _working(context) if not _can_rest(context, live)]
    due = [live for live in found if _is_due(context, live)]
    await _look(context, due, lane=Lane.RESOLUTION)
    _forget(context, found, can_rest=False)


async def look_at_resting(context: Context) -> None:
    """Look up the orders of our shards that rest; those that waited longest come first."""
    found = [live for live in await _working(context) if _can_rest(context, live)]
    now = context.clock.monotonic()
    for live in found:
        # The stream's turn comes first: an order that has just left is young.
        context.asked.setdefault(live.ready.attempt_id, (0, now, True))
    due = sorted(
        (live for live in found if now - _asked_at(context, live) >= RESTING_EVERY_S),
        key=lambda live: _asked_at(context, live),
    )
    await _look(context, due, lane=Lane.POLLING)
    _forget(context, found, can_rest=True)


async def _working(context: Context) -> list[LiveAttempt]:
    shards = context.lease.ready
    if not shards:
        return []
    async with begin(SYSTEM, clock=context.clock) as uow:
        return await attempts.unheard(uow, shards, before=uow.now - TAKEN_AFTER)


def _can_rest(context: Context, live: LiveAttempt) -> bool:
    """Tell whether an order may stay as it is; a leg is among these only once it was triggered."""
    order = live.ready.order
    if live.state not in WORKING or order.leg.is_conditional:
        return False
    return order.time_in_force in RESTING or (
        order.is_conditional and not _is_triggered(context, live)
    )


def _is_triggered(context: Context, live: LiveAttempt) -> bool:
    """Tell whether a stop entry is at work by now, as its exchange told or the price has it."""
    order = live.ready.order
    mark = context.prices.get(order.exchange, order.mode, order.symbol)
    if live.triggered_order_id is not None or mark is None or order.trigger_price is None:
        return live.triggered_order_id is not None
    return would_trigger(order.trigger_price, side=order.side, price=mark.price)


def _asked_at(context: Context, live: LiveAttempt) -> float:
    return context.asked[live.ready.attempt_id][1]


def _is_due(context: Context, live: LiveAttempt) -> bool:
    times, at, _ = context.asked.get(live.ready.attempt_id, (0, float("-inf"), False))
    pause_s = PAUSES_S[min(max(times - 1, 0), len(PAUSES_S) - 1)]
    return context.clock.monotonic() - at >= pause_s


def _forget(context: Context, found: Sequence[LiveAttempt], *, can_rest: bool) -> None:
    still = {live.ready.attempt_id for live in found}
    context.asked = {
        attempt_id: asked
        for attempt_id, asked in context.asked.items()
        if asked[2] is not can_rest or attempt_id in still
    }


async def _look(context: Context, due: Sequence[LiveAttempt], *, lane: Lane) -> None:
    if not due:
        return
    gate = asyncio.Semaphore(CONCURRENT_MAX)
    moved = await asyncio.gather(*(_look_at(context, live, gate, lane) for live in due))
    accounts = sorted({account_id for account_id in moved if account_id is not None})
    if accounts:
        await protector.guard(context, accounts)


async def _look_at(
    context: Context, live: LiveAttempt, gate: asyncio.Semaphore, lane: Lane
) -> UUID | None:
    """Look one order up; return its account if the books had to move."""
    account_id, attempt_id = live.ready.order.account_id, live.ready.attempt_id
    session = context.sessions.get(account_id)
    if session is None:
        return None
    READ_LANE.set(lane)
    async with gate:
        address = (session.exchange, session.mode, session.source_address)
        if lane is Lane.POLLING and context.gateway.throttle.would_wait(address, lane, LOOK_WEIGHT):
            return None
        times = context.asked.get(attempt_id, (0, 0.0, False))[0]
        try:
            has_moved = await _compare(context, session, live)
        except ExchangeError as error:
            log.warning(
                "order_audit_failed",
                extra={"client_order_id": live.ready.client_order_id, "error": str(error)},
            )
            has_moved = False
        else:
            times += 1
        context.asked[attempt_id] = (times, context.clock.monotonic(), _can_rest(context, live))
    return account_id if has_moved else None


async def _compare(context: Context, session: AccountSession, live: LiveAttempt) -> bool:
    report = await context.gateway.fetch_order(session, identities.identity_of(live))
    if report is None:
        # Not found proves nothing of an order that was accepted.
        return False
    known = live.filled_quantity if _can_rest(context, live) else Decimal(0)
    recorded = NOTHING
    if report.filled_quantity > known or live.ready.order.is_conditional:
        recorded = await reading.read_fills(context, session, live.ready.order.symbol)
    await reading.record(context, [AccountReports(session.account_id, reports=(report,))])
    has_moved = bool(recorded.moved) or (report.state, report.filled_quantity) != (
        live.state,
        live.filled_quantity,
    )
    if has_moved:
        log.info(
            "order_moved_unheard",
            extra={"client_order_id": live.ready.client_order_id, "state": report.state.value},
        )
    return has_moved
