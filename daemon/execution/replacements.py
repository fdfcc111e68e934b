"""Replace an entry that its exchange does not change: cancel, prove the end, then order the rest.

Each step is written before the next: the change stands as REPLACING, the cancel is marked on the
order, and the successor is written in the transaction that settles the change, once the order is
over and every trade of it is booked. Whoever holds the shard goes on from whatever is written, and
the two orders never live together.
"""

import logging
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import cancels, submitter
from daemon.execution.amendment_terms import moved_trigger
from patriot_app.core.domain.amendments import AmendmentState, quantity_left
from patriot_app.core.domain.entries import WithdrawalCause
from patriot_app.core.domain.instruments import Instrument, notional_of, quantity_least
from patriot_app.core.domain.orders import WORKING
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import LiveAttempt, ReadyAttempt
from patriot_app.core.errors import ExchangeError
from patriot_app.core.ids import derived_id
from patriot_app.core.services import amendments, attempts, orders, replacements
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

SUCCESSOR_TTL = timedelta(seconds=30)
"""After this a successor that could not leave is given up."""


async def carry_out(context: Context, amendment_id: UUID) -> AmendmentState:
    """Go on with one replacement; return how far it came."""
    await go_on(context, only=amendment_id)
    async with begin(SYSTEM, clock=context.clock) as uow:
        known = await amendments.load(uow, amendment_id)
    assert known is not None
    return known.state


async def go_on(context: Context, *, only: UUID | None = None) -> None:
    """Go on with the replacements of our shards, from whatever is written of them."""
    shards = context.lease.ready
    if not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        waiting = await replacements.waiting(uow, shards)
        if only is not None:
            waiting = {each: waiting[each] for each in waiting if each == only}
        found = await attempts.by_ids(uow, waiting.values())
    try:
        working = [live for live in found if live.state in WORKING]
        await cancels.cancel(context, working, cause=WithdrawalCause.REPLACED)
    except ExchangeError as error:
        # The mark stands: what works is asked again, and looked at by others meanwhile.
        log.warning("replacement_unanswered", extra={"error": str(error)})
    by_id = {live.ready.attempt_id: live for live in found}
    ready: list[ReadyAttempt] = []
    for amendment_id, attempt_id in sorted(waiting.items()):
        former = by_id[attempt_id]
        order = former.ready.order
        instrument = context.instruments.get((order.exchange, order.symbol))
        if instrument is None:
            continue
        ready += await _succeed(context, amendment_id, former, instrument)
    if ready:
        await submitter.send(context, ready, lane=Lane.ENTRY)


async def _succeed(
    context: Context, amendment_id: UUID, former: LiveAttempt, instrument: Instrument
) -> list[ReadyAttempt]:
    """Write the order that takes an ended one's place, or why none does; nothing while it lives."""
    order = former.ready.order
    async with begin(SYSTEM, clock=context.clock) as uow:
        replaced = await replacements.ended(
            uow, amendment_id, order.account_id, market_now=context.market_now()
        )
        amendment = await amendments.load(uow, amendment_id)
        if replaced is None or amendment is None:
            return []
        price = amendment.price
        left, why = quantity_left(amendment, replaced, least=quantity_least(instrument, price))
        state = AmendmentState.REPLACED if left else AmendmentState.WITHDRAWN
        if not await amendments.settle(uow, amendment_id, state, evidence=why) or not left:
            return []
        successor = replace(
            order,
            intent_id=derived_id("replacement", amendment_id),
            quantity=left,
            price=None if order.price is None else price,
            trigger_price=moved_trigger(order, price),
            replaces=order.replaces or order.intent_id,
            reserved_notional=notional_of(instrument, quantity=left, price=price),
            deadline=uow.now + SUCCESSOR_TTL,
            waits_for=None,
        )
        return await orders.open_intents(uow, [successor], instance_key=context.instance_key)
