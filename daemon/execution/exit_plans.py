"""Follow the price of positions whose strategy leaves them by a plan (`core/domain/exit_plans.py`).

Decide on the mark price, record, then act: the part that is closed is an intent whose id derives
from the plan, and the stop is moved by the guard, the new one before the old one goes. Whoever comes
after a crash finds what was decided in the books, sends what was not sent, and decides nothing twice.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import protector, submitter
from patriot_app.core.domain.exit_plans import (
    ExitStep,
    StepState,
    StopMove,
    is_notable,
    next_step,
    partial_after,
)
from patriot_app.core.domain.exit_rules import ExitRules
from patriot_app.core.domain.orders import AttemptState, Leg, OrderType
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import NewOrder
from patriot_app.core.ids import derived_id
from patriot_app.core.services import attempts, exit_plans, orders, protection
from patriot_app.core.services.exit_plans import DecidedStep, FollowedPosition
from patriot_app.core.unit_of_work import begin

PARTIAL_TTL = timedelta(seconds=30)
PARTIAL_AGAIN_AFTER = timedelta(seconds=15)
"""A part whose order came to nothing is tried again no sooner."""
MARK_AGE_MS_MAX = 10_000
"""An older price decides nothing."""


async def run(context: Context) -> None:
    """Follow every position of our shards that has a plan."""
    shards = context.lease.ready
    if not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        found = await exit_plans.followed(uow, shards)
    due = sorted({each.account_id for each in found if _is_due(context, each)})
    size = context.settings.fan_out_chunk
    for start in range(0, len(due), size):
        await follow(context, due[start : start + size])


async def follow(context: Context, accounts: Iterable[UUID]) -> None:
    """Decide, record and carry out what the plans of some accounts want now."""
    ours = sorted(account for account in accounts if account in context.sessions)
    shards = context.lease.ready
    if not ours or not shards:
        return
    async with begin(SYSTEM, clock=context.clock) as uow:
        # Nobody else decides on these positions, and no trade moves them, until this is recorded.
        await protection.lock(uow, ours)
        positions = await exit_plans.followed(uow, shards, accounts=ours)
        decided = [step for each in positions if (step := _decide(context, each)) is not None]
        ready = await orders.open_intents(
            uow,
            [_order(context, each) for each in decided if each.intent_id is not None],
            instance_key=context.instance_key,
        )
        await exit_plans.record_steps(uow, decided)
        unsent = [
            each.attempt_id
            for each in positions
            if each.attempt_id is not None and each.attempt_state is AttemptState.CREATED
        ]
        left_over = await attempts.by_ids(uow, unsent)
    to_send = [*ready, *(live.ready for live in left_over)]
    if to_send:
        await submitter.send(context, to_send, lane=Lane.EXIT)
    moved = sorted({d.position.account_id for d in decided if d.step.stop is not None})
    if moved:
        await protector.guard(context, moved)


def _is_due(context: Context, position: FollowedPosition) -> bool:
    """Tell whether something is to be recorded or sent; looked at again under lock."""
    if position.account_id not in context.sessions:
        return False
    return position.attempt_state is AttemptState.CREATED or _decide(context, position) is not None


def _decide(context: Context, position: FollowedPosition) -> DecidedStep | None:
    """Return the next step of a position; None if nothing is worth recording."""
    mark = context.prices.get(position.exchange, position.mode, position.symbol)
    instrument = context.instruments.get((position.exchange, position.symbol))
    if mark is None or mark.age_ms > MARK_AGE_MS_MAX or instrument is None:
        return None
    settled = partial_after(
        position.partial, position.intent_state, filled=position.filled, tries=position.tries
    )
    facts = position.facts(mark.price)
    if settled is not position.partial:
        # What became of the last order is recorded first; the next look may decide again.
        step = ExitStep(facts.best_price, None, None, settled, Decimal(0), position.is_trailing)
    else:
        step = next_step(_rules(context, position), facts, instrument, mark.price)
        if position.plan_id is not None and not is_notable(facts, step):
            return None
        if _is_too_soon(context, position, step):
            return None
    plan_id = position.plan_id or context.ids()
    sends = step.partial is StepState.DECIDED and position.partial is StepState.WAITING
    tries = position.tries + 1 if sends else position.tries
    intent_id = derived_id("exit_plan", plan_id, "partial", tries) if sends else None
    return DecidedStep(position, plan_id, step, mark.price, tries, intent_id)


def _is_too_soon(context: Context, position: FollowedPosition, step: ExitStep) -> bool:
    """Tell whether a step only follows the price, and the stop was moved a moment ago."""
    if position.moved_at is None or step.partial is not position.partial:
        return False
    pause = timedelta(seconds=context.settings.trailing_pause_s)
    is_calm = step.why in {StopMove.TRAILING, None}
    return is_calm and context.clock.now() - position.moved_at < pause


def _rules(context: Context, position: FollowedPosition) -> ExitRules:
    since = position.decided_at
    if since is None or context.clock.now() - since >= PARTIAL_AGAIN_AFTER:
        return position.rules
    return replace(position.rules, partial_trigger=Decimal(0))


def _order(context: Context, decided: DecidedStep) -> NewOrder:
    position = decided.position
    assert decided.intent_id is not None
    return NewOrder(
        intent_id=decided.intent_id,
        account_id=position.account_id,
        shard=position.shard,
        exchange=position.exchange,
        mode=position.mode,
        symbol=position.symbol,
        leg=Leg.EXIT,
        side=position.facts(decided.mark_price).closes,
        order_type=OrderType.MARKET,
        quantity=decided.step.quantity,
        reduce_only=True,
        deployment_id=position.deployment_id,
        deadline=context.clock.now() + PARTIAL_TTL,
    )
