"""Propose, approve, reject, withdraw: the states of a proposal, whatever it is about.

What an approved one does is told and carried out in `core.four_eyes`, in the same transaction.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import ProposalDecided, ProposalMade
from patriot_app.core.domain.proposals import (
    PROPOSAL_TRANSITIONS,
    Change,
    ProposalKind,
    ProposalState,
)
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.proposals import Proposal
from patriot_app.core.unit_of_work import UnitOfWork

S = ProposalState


async def propose(
    uow: UnitOfWork,
    *,
    kind: ProposalKind,
    subject: str,
    subject_key: str,
    payload: Mapping[str, Any],
    changes: Sequence[Change],
    reason: str,
    valid_for: timedelta,
) -> UUID:
    """Ask for a second person; one proposal waits for each subject.

    Args:
        subject_key: what the act is about, without what it would become.

    Raises:
        Invalid: no reason; Refused: nobody in person, or one about the same waits already.
    """
    need_reason(reason)
    if uow.actor.user_id is None:
        raise Refused("Only a person can propose")
    await lock(uow.session, "proposal", f"{kind}|{subject_key}")
    waiting = await uow.session.scalar(
        select(Proposal).where(
            Proposal.kind == kind,
            Proposal.subject_key == subject_key,
            Proposal.state == S.PROPOSED,
        )
    )
    if waiting is not None and waiting.expires_at > uow.now:
        raise Refused("A proposal about this waits already; withdraw it or have it decided first")
    if waiting is not None:
        _move(uow, waiting, S.EXPIRED, reason="")
        await uow.session.flush()
    proposal = Proposal(
        id=new_id(),
        kind=kind,
        subject=subject[:200],
        subject_key=subject_key[:200],
        payload=dict(payload),
        changes=[asdict(change) for change in changes],
        state=S.PROPOSED,
        reason=reason.strip(),
        proposed_by=uow.actor.user_id,
        proposed_at=uow.now,
        expires_at=uow.now + valid_for,
    )
    uow.session.add(proposal)
    await uow.session.flush()
    uow.record(
        ProposalMade(
            subject=proposal.id,
            kind=kind.value,
            about=proposal.subject,
            changes=tuple(f"{one.name}: {one.before} → {one.after}" for one in changes),
            reason=proposal.reason,
        )
    )
    uow.touch("proposals")
    return proposal.id


async def approve(
    uow: UnitOfWork, proposal_id: UUID, *, reason: str, is_solo: bool = False
) -> Proposal | None:
    """Approve a proposal that waits; None: another call was faster, and nothing is left to do.

    Raises:
        Refused: his own, rejected, withdrawn or too old.
    """
    proposal = await get_for_update(uow.session, Proposal, proposal_id)
    if proposal.state in (S.CARRIED_OUT, S.APPROVED):
        return None
    _need_waiting(uow, proposal)
    if uow.actor.user_id is None or (uow.actor.user_id == proposal.proposed_by and not is_solo):
        raise Refused("Another person must approve what you proposed")
    proposal.is_solo = is_solo
    _decide(uow, proposal, S.APPROVED, reason=reason)
    return proposal


def carried_out(proposal: Proposal) -> None:
    """Note that an approved proposal took effect; its act stands in the same transaction."""
    proposal.state = advance(PROPOSAL_TRANSITIONS, proposal.state, S.CARRIED_OUT)


def failed(uow: UnitOfWork, proposal: Proposal, *, outcome: str) -> None:
    """Note that an approved proposal could not be carried out and changed nothing."""
    proposal.outcome = outcome
    _move(uow, proposal, S.FAILED, reason=outcome)


async def kind_of(uow: UnitOfWork, proposal_id: UUID) -> ProposalKind:
    """Return what a proposal is about.

    Raises:
        NotFound: there is none.
    """
    kind = await uow.session.scalar(select(Proposal.kind).where(Proposal.id == proposal_id))
    if kind is None:
        raise NotFound(f"There is no proposal {proposal_id}")
    return kind


async def reject(uow: UnitOfWork, proposal_id: UUID, *, reason: str) -> None:
    """Turn a proposal down.

    Raises:
        Invalid: no reason; Refused: his own, or it waits no longer.
    """
    need_reason(reason)
    proposal = await get_for_update(uow.session, Proposal, proposal_id)
    _need_waiting(uow, proposal)
    if uow.actor.user_id is None or uow.actor.user_id == proposal.proposed_by:
        raise Refused("Withdraw your own proposal instead")
    _decide(uow, proposal, S.REJECTED, reason=reason)


async def withdraw(uow: UnitOfWork, proposal_id: UUID) -> None:
    """Take one's own proposal back.

    Raises:
        Refused: somebody else's, or it waits no longer.
    """
    proposal = await get_for_update(uow.session, Proposal, proposal_id)
    _need_waiting(uow, proposal)
    if uow.actor.user_id != proposal.proposed_by:
        raise Refused("Only its proposer can withdraw it")
    _move(uow, proposal, S.WITHDRAWN, reason="")


async def withdraw_what_served(
    uow: UnitOfWork, kind: ProposalKind, purpose: Mapping[str, str], *, reason: str
) -> int:
    """Withdraw, whoever made them, the waiting proposals whose payload names an ended purpose.

    Args:
        purpose: the part of the payload that tells them, such as an off-boarding's id.
        reason: why the purpose ended; stands in the record of each.

    Returns:
        How many had waited.
    """
    assert purpose, "nothing would tell them from any other proposal"
    waiting = await uow.session.scalars(
        select(Proposal)
        .where(
            Proposal.kind == kind,
            Proposal.state == S.PROPOSED,
            Proposal.payload.contains(dict(purpose)),
        )
        .order_by(Proposal.id)
        .with_for_update()
    )
    found = waiting.all()
    for proposal in found:
        is_old = proposal.expires_at <= uow.now
        _move(uow, proposal, S.EXPIRED if is_old else S.WITHDRAWN, reason=reason)
    return len(found)


def _need_waiting(uow: UnitOfWork, proposal: Proposal) -> None:
    if proposal.state is not S.PROPOSED:
        raise Refused(f"This proposal was {proposal.state.value.replace('_', ' ')} already")
    if proposal.expires_at <= uow.now:
        raise Refused("This proposal is too old; propose it again")


def _decide(uow: UnitOfWork, proposal: Proposal, state: ProposalState, *, reason: str) -> None:
    proposal.decided_by = uow.actor.user_id
    proposal.decided_at = uow.now
    proposal.decision_reason = reason.strip()
    _move(uow, proposal, state, reason=reason)


def _move(uow: UnitOfWork, proposal: Proposal, state: ProposalState, *, reason: str) -> None:
    proposal.state = advance(PROPOSAL_TRANSITIONS, proposal.state, state)
    uow.record(
        ProposalDecided(
            subject=proposal.id,
            kind=proposal.kind.value,
            about=proposal.subject,
            state=state.value,
            reason=reason,
            is_solo=bool(proposal.is_solo),
        )
    )
    uow.touch("proposals")
