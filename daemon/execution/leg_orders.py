"""The orders behind protective legs: what they look like, in which turn they leave."""

import logging
from collections.abc import Iterable, Sequence
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import cancels, submitter
from patriot_app.core.domain.orders import WORKING, Leg, OrderType, Outcome
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.protection import WantedLeg
from patriot_app.core.domain.sending import NewOrder, ReadyAttempt
from patriot_app.core.services import attempts, guarded
from patriot_app.core.services.guarded import GuardedPosition
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

TRIGGERS_AT_ONCE = frozenset({"-2021", "-4142", "110092", "110093"})
NO_ROOM = frozenset({"-4045", "110009", "110020"})
"""The exchange takes no further conditional order of this account."""
_TYPES = {Leg.STOP_LOSS: OrderType.STOP_MARKET, Leg.TAKE_PROFIT: OrderType.TAKE_PROFIT_MARKET}


def order(context: Context, position: GuardedPosition, wanted: WantedLeg) -> NewOrder:
    """Return the order of a leg."""
    return NewOrder(
        intent_id=context.ids(),
        account_id=position.account_id,
        shard=position.shard,
        exchange=position.exchange,
        mode=position.mode,
        symbol=position.symbol,
        leg=wanted.leg,
        side=wanted.side,
        order_type=_TYPES[wanted.leg],
        quantity=wanted.quantity if wanted.is_sized else None,
        trigger_price=wanted.trigger_price,
        reduce_only=True,
        close_position=not wanted.is_sized,
        deployment_id=position.deployment_id,
    )


async def send(context: Context, ready: Sequence[ReadyAttempt]) -> dict[UUID, str]:
    """Send legs, stops before targets; return the codes of refused intents."""
    refused: dict[UUID, str] = {}
    for leg in (Leg.STOP_LOSS, Leg.TAKE_PROFIT):
        # Where there is room for one more only, it is the stop's.
        batch = [attempt for attempt in ready if attempt.order.leg is leg]
        if not batch:
            continue
        sent = await submitter.send(context, batch, lane=Lane.EXIT, void_unsent=False)
        for attempt in batch:
            result = sent.results.get(attempt.attempt_id)
            if result is not None and result.outcome is Outcome.REJECTED:
                log.warning(
                    "leg_refused",
                    extra={"client_order_id": attempt.client_order_id, "code": result.code},
                )
                refused[attempt.order.intent_id] = result.code
    return refused


async def make_room(context: Context, accounts: Iterable[UUID]) -> bool:
    """Give up one target per account, which the desk can watch by itself; a stop it cannot."""
    async with begin(SYSTEM, clock=context.clock) as uow:
        positions = await guarded.guarded(uow, context.lease.ready, accounts=accounts)
        targets = {
            position.account_id: leg.attempt_id
            for position in positions
            for leg in position.legs
            if leg.live.leg is Leg.TAKE_PROFIT and leg.attempt_state in WORKING and leg.attempt_id
        }
        found = await attempts.by_ids(uow, targets.values())
    await cancels.cancel(context, found)
    return bool(found)
