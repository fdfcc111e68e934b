"""Find out what became of orders whose answer proved nothing; never send one again.

An order is absent only if the exchange can no longer accept it, two clean look-ups a second apart
did not find it, and no trade of it exists (EXECUTION 2.5). Only then may a new attempt with a new
id be made.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal

from daemon.context import Context
from daemon.exchanges.gateway import AccountSession
from daemon.exchanges.throttle import READ_LANE, Lane
from daemon.execution import identities, protector, reading, submitter
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.orders import AttemptState, Leg, OrderIdentity
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import (
    ATTEMPTS_MAX,
    AccountReports,
    LiveAttempt,
    ReadyAttempt,
)
from patriot_app.core.errors import ExchangeError
from patriot_app.core.services import adoptions, attempts, doubts, orders, protection
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

CONCURRENT_MAX = 20
LOOK_AGAIN_AFTER_S = 1.0
IN_DOUBT = frozenset({AttemptState.UNKNOWN, AttemptState.QUARANTINED})
UNDECIDED = IN_DOUBT | {AttemptState.CREATED, AttemptState.SENDING}
RETENTION = {Exchange.BINANCE: timedelta(days=3), Exchange.BYBIT: timedelta(hours=24)}
"""How long an exchange shows an order that ended without a trade; later, not found says nothing."""


async def run(context: Context) -> None:
    """Look up every attempt of our shards that may or may not exist."""
    shards = context.lease.ready
    if not shards:
        return
    stuck_before = context.clock.now() - timedelta(seconds=3 * context.settings.http_timeout_s)
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await attempts.of_shards(uow, shards, UNDECIDED)
        stuck = [
            live.ready.attempt_id
            for live in found
            if live.state is AttemptState.SENDING
            and live.sending_at is not None
            and live.sending_at < stuck_before
        ]
        await doubts.mark_unknown(uow, stuck, evidence="The answer was never stored")
    await _settle_created(context, [live for live in found if live.state is AttemptState.CREATED])
    await resolve(context, [live for live in found if live.state in IN_DOUBT])


async def _settle_created(context: Context, created: Sequence[LiveAttempt]) -> None:
    """Give up what is too late to be sent; send what nobody else is going to send."""
    if not created:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        late = [
            live.ready.attempt_id
            for live in created
            if live.ready.order.deadline is not None and live.ready.order.deadline <= uow.now
        ]
        await orders.void_attempts(
            uow, late, owner=context.process, reason="The deadline has passed"
        )
    again = [
        live.ready
        for live in created
        if live.ready.attempt_id not in late and _is_left_to_us(live.ready)
    ]
    if again:
        await submitter.send(context, again, lane=Lane.EXIT)


def _is_left_to_us(ready: ReadyAttempt) -> bool:
    """Tell whether an attempt that was never sent has nobody who comes back to it.

    That is what followed a proof of absence, what takes a cancelled entry's place, and the exit of an emergency or an operator whose
    trader lost the shard before the fence: until its deadline it would keep every other exit for
    the same reason from being sent. A signal's orders belong to its fan-out, legs to the guard.
    """
    order = ready.order
    is_alone = order.leg is Leg.EXIT and order.signal_id is None
    return ready.number > 1 or is_alone or order.replaces is not None


async def resolve(context: Context, unknown: list[LiveAttempt]) -> None:
    """Look attempts up, several at once; one that cannot be asked about waits for the next run."""
    gate = asyncio.Semaphore(CONCURRENT_MAX)

    async def one(live: LiveAttempt) -> None:
        session = context.sessions.get(live.ready.order.account_id)
        if session is None:
            return
        async with gate:
            READ_LANE.set(Lane.RESOLUTION)
            try:
                await _resolve(context, session, live)
            except ExchangeError as error:
                log.warning(
                    "look_up_failed",
                    extra={
                        "client_order_id": live.ready.client_order_id,
                        "error": str(error),
                    },
                )

    await asyncio.gather(*(asyncio.create_task(one(live)) for live in unknown))


async def _resolve(context: Context, session: AccountSession, live: LiveAttempt) -> None:
    if await _adopt(context, session, live):
        return
    if not _is_over(context, live):
        return
    await context.clock.sleep(LOOK_AGAIN_AFTER_S)
    if await _adopt(context, session, live):
        return
    await reading.read_fills(context, session, live.ready.order.symbol)
    if not await _is_traded_by_nobody(context, session, live):
        return
    if _is_forgotten(context, live):
        await _expire_unseen(context, live)
        return
    await _absent(context, live)
    if live.ready.order.leg.is_conditional:
        # Its position has stood bare since: not until the next round of the guard.
        await protector.guard(context, [session.account_id])


async def _is_traded_by_nobody(
    context: Context, session: AccountSession, live: LiveAttempt
) -> bool:
    """Tell whether no trade can be this order's: none is unexplained, and the position agrees.

    A trade that we booked as somebody else's may be ours: REST lists trades without our id. Where
    the position is not what the trades make, one of them is missing: no proof.
    """
    symbol = live.ready.order.symbol
    since = (live.sending_at or live.created_at) - timedelta(seconds=1)
    async with begin(SYSTEM, clock=context.clock) as uow:
        now = await attempts.by_ids(uow, [live.ready.attempt_id])
        others = await doubts.outside_orders(uow, session.account_id, symbol, since=since)
    if now and now[0].filled_quantity > 0:
        return False
    for exchange_order_id in others:
        identity = OrderIdentity(session.account_id, symbol, "", exchange_order_id, False)
        report = await context.gateway.fetch_order(session, identity)
        if report is None:
            return False
        if report.client_order_id == live.ready.client_order_id:
            await reading.record(context, [AccountReports(session.account_id, reports=(report,))])
            return False
    held = await context.gateway.fetch_positions(session, symbol=symbol)
    theirs = sum((position.quantity for position in held), Decimal(0))
    async with begin(SYSTEM, clock=context.clock) as uow:
        ours = await adoptions.booked_quantity(uow, session.account_id, symbol)
    if theirs != ours:
        log.warning(
            "position_speaks_against_absence",
            extra={"client_order_id": live.ready.client_order_id, "symbol": symbol},
        )
    return theirs == ours


async def _expire_unseen(context: Context, live: LiveAttempt) -> None:
    """Give up an order that its exchange has forgotten by now; it gets no successor."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        evidence = "Not found, but its exchange would have forgotten it; it never traded"
        await protection.lock(uow, [live.ready.order.account_id])
        if await doubts.expire_unseen(uow, live.ready.attempt_id, evidence=evidence):
            await protection.follow(uow, [live.ready.attempt_id])
            await doubts.end_intents(uow, [live.ready.order.intent_id])


async def _adopt(context: Context, session: AccountSession, live: LiveAttempt) -> bool:
    """Take over what the exchange shows; False if it cleanly shows nothing."""
    report = await context.gateway.fetch_order(session, identities.identity_of(live))
    if report is None:
        await _quarantine_if_old(context, live)
        return False
    await reading.record(context, [AccountReports(session.account_id, reports=(report,))])
    await reading.read_fills(context, session, live.ready.order.symbol)
    return True


def _is_over(context: Context, live: LiveAttempt) -> bool:
    """Tell whether the exchange can no longer accept the request, and would show it if it had."""
    order, settings = live.ready.order, context.settings
    assert live.timestamp_ms is not None
    assert live.receive_window_ms is not None
    delay_s = (
        settings.visibility_delay_binance_s
        if order.exchange is Exchange.BINANCE
        else settings.visibility_delay_bybit_s
    )
    horizon_ms = (
        live.timestamp_ms + live.receive_window_ms + settings.clock_skew_ms + int(delay_s * 1000)
    )
    return context.gateway.timestamp_ms(order.exchange, order.mode) > horizon_ms


def _is_forgotten(context: Context, live: LiveAttempt) -> bool:
    """Tell whether the exchange may have dropped an order that ended without a trade."""
    sent = live.sending_at or live.created_at
    return context.clock.now() - sent > RETENTION[live.ready.order.exchange]


async def _absent(context: Context, live: LiveAttempt) -> None:
    """Record the proof; make one more attempt where the deadline and the count allow it."""
    order = live.ready.order
    again: list[ReadyAttempt] = []
    async with begin(SYSTEM, clock=context.clock) as uow:
        evidence = "Twice not found after the last moment it could have been accepted"
        await protection.lock(uow, [order.account_id])
        if not await doubts.prove_absent(uow, live.ready.attempt_id, evidence=evidence):
            return
        await protection.follow(uow, [live.ready.attempt_id])
        # A leg is placed anew by its guard, which looks at the position as it is then.
        if not order.leg.is_conditional:
            again = await orders.open_next_attempts(
                uow, [order], attempts_max=ATTEMPTS_MAX, instance_key=context.instance_key
            )
        if not again:
            await doubts.end_intents(uow, [order.intent_id])
    if again:
        lane = Lane.ENTRY if order.leg.opens else Lane.EXIT
        await submitter.send(context, again, lane=lane)


async def _quarantine_if_old(context: Context, live: LiveAttempt) -> None:
    sent = live.sending_at or live.created_at
    limit = timedelta(seconds=context.settings.quarantine_after_s)
    if context.clock.now() - sent > limit and live.state is AttemptState.UNKNOWN:
        await _quarantine(context, live)


async def _quarantine(context: Context, live: LiveAttempt) -> None:
    async with begin(SYSTEM, clock=context.clock) as uow:
        await doubts.quarantine(uow, live.ready.attempt_id, now=context.clock.now())
