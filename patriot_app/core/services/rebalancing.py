"""Rebalance accounts: apply the shares that were asked for, account by account.

A run is begun once for each slot, or by a person; its steps are made in one transaction and settled
in one each, so that a run that was cut off goes on where it stopped. No order is sent (ADR-0027).
"""

from collections import Counter
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text

from patriot_app.core.db.divided_accounts import divided_accounts, division_of
from patriot_app.core.db.locks import lock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.allocation_changes import (
    CHANGE_TRANSITIONS,
    ChangeState,
    Divided,
    in_words,
)
from patriot_app.core.domain.allocations import Division
from patriot_app.core.domain.events import (
    AccountRebalanced,
    AllocationChangeRefused,
    RebalancingBegun,
    RebalancingDone,
)
from patriot_app.core.domain.rebalancing import (
    RUN_TRANSITIONS,
    STEP_TRANSITIONS,
    RunState,
    Step,
    StepState,
    Trigger,
    last_slot,
    plan,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.rebalancing import AllocationChange, Rebalancing, RebalancingStep
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

_FOLLOWING = text("SELECT DISTINCT account_id FROM allocations WHERE released_at IS NULL")
_RELEASE = text(
    "UPDATE allocations SET released_at = :now WHERE account_id = :account_id"
    " AND deployment_id = :deployment_id AND released_at IS NULL RETURNING symbol"
)
_ALLOCATE = text(
    "INSERT INTO allocations (id, deployment_id, account_id, symbol, share, assigned_at)"
    " VALUES (:id, :deployment_id, :account_id, :symbol, :share, :now)"
)


async def begin_due(uow: UnitOfWork, *, market_now: datetime) -> UUID | None:
    """Return the run that is under way, else begin the one whose slot has come; None: neither."""
    await lock(uow.session, "rebalancing", "")
    running = await _running(uow)
    if running is not None:
        return running
    settings = get_settings()
    slot = last_slot(market_now, every=settings.rebalance_every, hour=settings.rebalance_hour)
    known = await uow.session.scalar(
        select(Rebalancing.id).where(
            Rebalancing.trigger == Trigger.SCHEDULE, Rebalancing.due_at >= slot
        )
    )
    if known is not None:
        return None
    return await _begin(uow, Trigger.SCHEDULE, due_at=slot, reason="")


async def ask(uow: UnitOfWork, *, reason: str) -> UUID:
    """Have accounts rebalanced now, whatever their changes wait for; the daemon does it.

    Raises:
        Invalid: no reason; Refused: a rebalancing is under way.
    """
    need_reason(reason)
    await lock(uow.session, "rebalancing", "")
    if await _running(uow) is not None:
        raise Refused("A rebalancing is under way; wait until it is done")
    now = await market_now(uow.session, wall=uow.now)
    return await _begin(uow, Trigger.PERSON, due_at=now, reason=reason.strip())


async def prepare(uow: UnitOfWork, run_id: UUID) -> None:
    """Note which accounts a run has something to look at; once it has, nothing changes."""
    await lock(uow.session, "rebalancing", "")
    run = await uow.session.get_one(Rebalancing, run_id)
    if run.accounts is not None:
        return
    following = list((await uow.session.execute(_FOLLOWING)).scalars())
    accounts = await divided_accounts(uow.session, following, now=uow.now)
    waiting = await _waiting(uow, run)
    for account_id, account in sorted(accounts.items()):
        change = waiting.get(account_id)
        if change is None and plan(account, None).state is not StepState.OVER:
            continue
        uow.session.add(
            RebalancingStep(
                run_id=run_id,
                account_id=account_id,
                change_id=None if change is None else change.id,
                state=StepState.PENDING,
                outcome="",
            )
        )
    run.accounts = len(accounts)
    uow.touch("strategies")


async def pending(uow: UnitOfWork, run_id: UUID) -> tuple[UUID, ...]:
    """Return the accounts of a run that are still to be settled."""
    rows = await uow.session.scalars(
        select(RebalancingStep.account_id)
        .where(RebalancingStep.run_id == run_id, RebalancingStep.state == StepState.PENDING)
        .order_by(RebalancingStep.account_id)
    )
    return tuple(rows)


async def settle(uow: UnitOfWork, run_id: UUID, account_id: UUID) -> None:
    """Give one account its shares, or note why not; a second time changes nothing."""
    await lock(uow.session, "allocation_change", account_id)
    # As whoever puts accounts under deployments: shares are read and written by one at a time.
    await lock(uow.session, "allocations", "")
    step = await uow.session.get_one(
        RebalancingStep, (run_id, account_id), with_for_update=True, populate_existing=True
    )
    if step.state is not StepState.PENDING:
        return
    account = (await divided_accounts(uow.session, [account_id], now=uow.now)).get(account_id)
    change = await _change(uow, step)
    wanted = None if change is None else division_of(change.shares)
    if account is None:
        done = Step(StepState.UNCHANGED, "It follows no strategy any more")
        if change is not None:
            done = Step(StepState.REFUSED, done.outcome)
    elif step.change_id is not None and change is None:
        done = Step(StepState.UNCHANGED, "The change was taken back or replaced meanwhile")
    else:
        done = plan(account, wanted)
    if change is not None:
        await _end(uow, change, done, account)
    step.state = advance(STEP_TRANSITIONS, step.state, done.state)
    step.outcome, step.settled_at = done.outcome, uow.now
    uow.touch("strategies")


async def finish(uow: UnitOfWork, run_id: UUID) -> bool:
    """End a run that has nothing left to settle; return whether it is done."""
    run = await uow.session.get_one(Rebalancing, run_id, with_for_update=True)
    if run.state is RunState.DONE:
        return True
    if run.accounts is None or await pending(uow, run_id):
        return False
    run.state = advance(RUN_TRANSITIONS, run.state, RunState.DONE)
    run.finished_at = uow.now
    counted = await uow.session.execute(
        select(RebalancingStep.state, func.count())
        .where(RebalancingStep.run_id == run_id)
        .group_by(RebalancingStep.state)
    )
    counts = Counter({row[0]: row[1] for row in counted})
    uow.record(
        RebalancingDone(
            subject=run_id,
            accounts=run.accounts,
            applied=counts[StepState.APPLIED],
            refused=counts[StepState.REFUSED],
        )
    )
    uow.touch("strategies")
    return True


async def _running(uow: UnitOfWork) -> UUID | None:
    return await uow.session.scalar(
        select(Rebalancing.id).where(Rebalancing.state == RunState.RUNNING)
    )


async def _begin(uow: UnitOfWork, trigger: Trigger, *, due_at: datetime, reason: str) -> UUID:
    run_id = new_id()
    uow.session.add(
        Rebalancing(
            id=run_id,
            due_at=due_at,
            trigger=trigger,
            state=RunState.RUNNING,
            reason=reason,
            asked_by=uow.actor.user_id,
            started_at=uow.now,
        )
    )
    await uow.session.flush()
    uow.record(
        RebalancingBegun(subject=run_id, trigger=trigger.value, due_at=due_at, reason=reason)
    )
    uow.touch("strategies")
    return run_id


async def _waiting(uow: UnitOfWork, run: Rebalancing) -> dict[UUID, AllocationChange]:
    """Return what waits for a run by account; one that a person asked for takes all of it."""
    statement = select(AllocationChange).where(AllocationChange.state == ChangeState.WAITING)
    if run.trigger is Trigger.SCHEDULE:
        statement = statement.where(AllocationChange.effective_at <= run.due_at)
    return {change.account_id: change for change in await uow.session.scalars(statement)}


async def _change(uow: UnitOfWork, step: RebalancingStep) -> AllocationChange | None:
    """Return the change of a step if it still waits."""
    if step.change_id is None:
        return None
    change = await uow.session.get_one(AllocationChange, step.change_id, populate_existing=True)
    return change if change.state is ChangeState.WAITING else None


async def _end(
    uow: UnitOfWork, change: AllocationChange, done: Step, account: Divided | None
) -> None:
    is_applied = done.state is StepState.APPLIED and account is not None
    state = ChangeState.APPLIED if is_applied else ChangeState.REFUSED
    change.state = advance(CHANGE_TRANSITIONS, change.state, state)
    change.settled_at, change.outcome = uow.now, done.outcome
    label = account.label if account is not None else "an account"
    if account is None or not is_applied:
        uow.record(
            AllocationChangeRefused(
                subject=change.id, account_id=change.account_id, account=label, reason=done.outcome
            )
        )
        return
    wanted = division_of(change.shares)
    await _divide(uow, account, wanted)
    uow.record(
        AccountRebalanced(
            account_id=account.account_id,
            account=label,
            shares=in_words(account, wanted),
            shares_before=in_words(account, account.shares),
        )
    )


async def _divide(uow: UnitOfWork, account: Divided, wanted: Division) -> None:
    """End the allocations whose share differs and begin others: what was held when stays known."""
    for one in account.holdings:
        share = wanted[one.deployment_id]
        if share == one.share:
            continue
        bound = {
            "account_id": account.account_id,
            "deployment_id": one.deployment_id,
            "now": uow.now,
        }
        released = (await uow.session.execute(_RELEASE, bound)).scalars().all()
        for symbol in released:
            await uow.session.execute(
                _ALLOCATE, bound | {"id": new_id(), "symbol": symbol, "share": share}
            )
