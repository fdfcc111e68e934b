"""Ask that an account be divided otherwise among its strategies, and take that back.

A client does it for an account of his own, the desk for any. Nothing changes at once: the next
rebalancing applies it, after checking it anew. `queries.allocations.preview` shows beforehand what
the check finds.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db.divided_accounts import divided_accounts, stored_division
from patriot_app.core.db.locks import lock
from patriot_app.core.db.market_time import market_now
from patriot_app.core.domain.allocation_changes import (
    CHANGE_TRANSITIONS,
    ChangeState,
    Divided,
    FindingLevel,
    check,
    in_words,
)
from patriot_app.core.domain.allocations import Division, validate_division
from patriot_app.core.domain.events import AllocationChangeAsked, AllocationChangeWithdrawn
from patriot_app.core.domain.permissions import UNASKED_SURFACES, Actor
from patriot_app.core.domain.rebalancing import next_slot
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.rebalancing import AllocationChange
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

C = ChangeState


async def ask(uow: UnitOfWork, account_id: UUID, shares: Division, *, reason: str = "") -> datetime:
    """Ask for other shares of an account from its next rebalancing on; return when that is due.

    A change of the account that waits already is replaced.

    Args:
        shares: fractions of the account's equity, one for each deployment that it follows: each at
            least 5 %, at most five, together at most 100 %.
        reason: why, where the desk asks in the client's place.

    Returns:
        The time of the next rebalancing, market time.

    Raises:
        Invalid: by deployment id, "" for the division as a whole; Refused: the risk check forbids
        it; NotFound: no such account, not his own, or it follows no strategy.
    """
    await lock(uow.session, "allocation_change", account_id)
    account = await own_account(uow.session, uow.actor, account_id, now=uow.now)
    validate_division(shares, held=account.shares)
    findings = check(account, shares)
    refusals = [one.text for one in findings if one.level is FindingLevel.REFUSES]
    if refusals:
        raise Refused("; ".join(refusals))
    await _settle_waiting(uow, account_id, C.REPLACED)
    settings = get_settings()
    due_at = next_slot(
        await market_now(uow.session, wall=uow.now),
        every=settings.rebalance_every,
        hour=settings.rebalance_hour,
    )
    change_id = new_id()
    uow.session.add(
        AllocationChange(
            id=change_id,
            account_id=account_id,
            shares=stored_division(shares),
            shares_before=stored_division(account.shares),
            findings=[
                {"level": one.level.value, "subject": one.subject, "text": one.text}
                for one in findings
            ],
            state=C.WAITING,
            effective_at=due_at,
            asked_at=uow.now,
            asked_by=uow.actor.user_id,
            surface=uow.actor.surface,
            reason=reason.strip(),
        )
    )
    uow.record(
        AllocationChangeAsked(
            subject=change_id,
            account_id=account_id,
            account=account.label,
            shares_before=in_words(account, account.shares),
            shares=in_words(account, shares),
            effective_at=due_at,
            reason=reason.strip(),
        )
    )
    uow.touch("strategies")
    return due_at


async def withdraw(uow: UnitOfWork, account_id: UUID) -> None:
    """Take back what an account waits for; its shares stay as they are.

    Raises:
        NotFound: not his own account; Refused: nothing waits.
    """
    await lock(uow.session, "allocation_change", account_id)
    account = await own_account(uow.session, uow.actor, account_id, now=uow.now)
    change_id = await _settle_waiting(uow, account_id, C.WITHDRAWN)
    if change_id is None:
        raise Refused("No change waits for this account")
    uow.record(
        AllocationChangeWithdrawn(subject=change_id, account_id=account_id, account=account.label)
    )
    uow.touch("strategies")


async def own_account(
    session: AsyncSession, actor: Actor, account_id: UUID, *, now: datetime
) -> Divided:
    """Return an account that the actor may divide: his own, or any for the desk.

    Raises:
        NotFound: there is none such, or it follows no strategy.
    """
    account = (await divided_accounts(session, [account_id], now=now)).get(account_id)
    # Row-level security shows a client his own alone; this holds where a process is not fenced.
    may = account is not None and (
        actor.is_staff or actor.surface in UNASKED_SURFACES or actor.user_id == account.client_id
    )
    if account is None or not may:
        raise NotFound("This account follows no strategy yet")
    return account


async def _settle_waiting(uow: UnitOfWork, account_id: UUID, state: ChangeState) -> UUID | None:
    """End what waits for an account; return its id, None if nothing did."""
    waiting = await uow.session.scalar(
        select(AllocationChange).where(
            AllocationChange.account_id == account_id, AllocationChange.state == C.WAITING
        )
    )
    if waiting is None:
        return None
    waiting.state = advance(CHANGE_TRANSITIONS, waiting.state, state)
    waiting.settled_at = uow.now
    await uow.session.flush()
    return waiting.id
