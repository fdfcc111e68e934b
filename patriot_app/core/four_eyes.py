"""Acts that take two persons: how each is proposed, who approves it, and how it is carried out.

A further act is one entry of `ACTS` with a `ProposalKind` of its own. Whatever is approved goes
through the same service as any other write, in the transaction that approves it.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from patriot_app.core import fee_acts, risk_acts, staff_acts
from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import Actor, Permission, Reach, can, need_reach
from patriot_app.core.domain.proposals import URGENT_FOR, VALID_FOR, Change, ProposalKind
from patriot_app.core.errors import PatriotError
from patriot_app.core.services import (
    deployments,
    halts,
    proposals,
    strategies,
)
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

Payload = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Act:
    """One kind of act.

    Attributes:
        carry_out: receives the payload and the reason of the proposal.
        may_ask: refuses what its proposer could not do alone either.
    """

    title: str
    propose: Permission
    approve: Permission
    carry_out: Callable[[UnitOfWork, Payload, str], Awaitable[object]]
    valid_for: timedelta = VALID_FOR
    may_ask: Callable[[UnitOfWork, Payload], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Submitted:
    """What became of a wish: done at once on a desk of one person, else waiting for the second."""

    is_done: bool
    proposal_id: UUID


async def submit(
    uow: UnitOfWork,
    kind: ProposalKind,
    *,
    subject: str,
    subject_key: str,
    payload: Payload,
    changes: Sequence[Change],
    reason: str,
) -> Submitted:
    """Propose an act; on a desk of one person carry it out too, marked solo in the record.

    It is tried out before it is proposed, and undone: what could never be carried out is told now.

    Args:
        payload: JSON-safe; what `carry_out` is called with.

    Raises:
        Refused: not permitted, or a proposal about the same waits; and what the act itself raises.
    """
    act = ACTS[kind]
    is_alone = get_settings().four_eyes == "off"
    need_reach(uow.actor, act.propose, Reach.OWN)
    if act.may_ask is not None:
        await act.may_ask(uow, payload)
    if not is_alone:
        await _try_out(uow, act, payload, reason)
    proposal_id = await proposals.propose(
        uow,
        kind=kind,
        subject=subject,
        subject_key=subject_key,
        payload=payload,
        changes=changes,
        reason=reason,
        valid_for=act.valid_for,
    )
    if not is_alone:
        return Submitted(False, proposal_id)
    proposal = await proposals.approve(uow, proposal_id, reason=reason, is_solo=True)
    assert proposal is not None
    await act.carry_out(uow, payload, reason)
    proposals.carried_out(proposal)
    return Submitted(True, proposal_id)


async def approve(uow: UnitOfWork, proposal_id: UUID, *, reason: str) -> str:
    """Approve a proposal and carry it out at once; return why that failed, "" when it is done.

    However often it is asked for, the act is carried out once.

    Raises:
        Refused: not permitted, his own, or it waits no longer.
    """
    kind = await proposals.kind_of(uow, proposal_id)
    act = ACTS[kind]
    need_reach(uow.actor, act.approve, Reach.OWN)
    proposal = await proposals.approve(uow, proposal_id, reason=reason)
    if proposal is None:
        return ""
    try:
        async with uow.savepoint():
            await act.carry_out(uow, proposal.payload, proposal.reason)
    except PatriotError as error:
        proposals.failed(uow, proposal, outcome=str(error))
        return str(error)
    proposals.carried_out(proposal)
    return ""


async def reject(uow: UnitOfWork, proposal_id: UUID, *, reason: str) -> None:
    """Turn a proposal down.

    Raises:
        Invalid: no reason; Refused: not permitted, his own, or it waits no longer.
    """
    need_reach(uow.actor, ACTS[await proposals.kind_of(uow, proposal_id)].approve, Reach.OWN)
    await proposals.reject(uow, proposal_id, reason=reason)


class _TriedOut(Exception):
    """Ends a trial, so that it is undone."""


async def _try_out(uow: UnitOfWork, act: Act, payload: Payload, reason: str) -> None:
    with suppress(_TriedOut):
        async with uow.savepoint():
            await act.carry_out(uow, payload, reason)
            raise _TriedOut


def may_approve(actor: Actor, kind: ProposalKind) -> bool:
    """Tell whether the actor may decide about proposals of a kind that others made."""
    return can(actor, ACTS[kind].approve)


async def _create_strategy(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    await strategies.create(
        uow,
        name=payload["name"],
        kind=payload["kind"],
        parameters=payload["parameters"],
        description=payload["description"],
    )


async def _change_strategy(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    version_id = await strategies.add_version(
        uow,
        UUID(payload["strategy_id"]),
        parameters=payload["parameters"],
        note=payload["note"],
    )
    for deployment_id in payload["moves"]:
        await deployments.switch_version(uow, UUID(deployment_id), version_id)


async def _close_everything(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    await halts.raise_halt(
        uow,
        scope=HaltScope(payload["scope"]),
        scope_id=payload["scope_id"],
        level=HaltLevel.FLATTEN,
        state=TradingState(payload["state"]),
        reason=reason,
        is_agreed=True,
    )


def _id(text: str) -> UUID | None:
    return UUID(text) if text else None


P = Permission
ACTS: Mapping[ProposalKind, Act] = {
    ProposalKind.SET_LIMIT: Act(
        "Set a limit", P.LIMITS_WRITE, P.LIMITS_APPROVE, risk_acts.set_limit
    ),
    ProposalKind.CLEAR_LIMIT: Act(
        "Clear a limit", P.LIMITS_WRITE, P.LIMITS_APPROVE, risk_acts.clear_limit
    ),
    ProposalKind.CREATE_STRATEGY: Act(
        "Create a strategy", P.STRATEGIES_WRITE, P.STRATEGIES_APPROVE, _create_strategy
    ),
    ProposalKind.CHANGE_STRATEGY: Act(
        "Change a strategy", P.STRATEGIES_WRITE, P.STRATEGIES_APPROVE, _change_strategy
    ),
    ProposalKind.CHANGE_ROLES: Act(
        "Change roles",
        P.ROLES_WRITE,
        P.ROLES_APPROVE,
        staff_acts.change_roles,
        may_ask=staff_acts.need_grantable,
    ),
    ProposalKind.SUSPEND_ADMINISTRATOR: Act(
        "Suspend an administrator", P.ROLES_WRITE, P.ROLES_APPROVE, staff_acts.suspend
    ),
    ProposalKind.REACTIVATE_ADMINISTRATOR: Act(
        "Let an administrator in again", P.ROLES_WRITE, P.ROLES_APPROVE, staff_acts.reactivate
    ),
    ProposalKind.CONFIRM_ADDRESS: Act(
        "Confirm an administrator's address",
        P.ROLES_WRITE,
        P.ROLES_APPROVE,
        staff_acts.confirm_address,
    ),
    ProposalKind.RESET_SECOND_FACTOR: Act(
        "Reset a second factor", P.ROLES_WRITE, P.ROLES_APPROVE, staff_acts.reset_second_factor
    ),
    ProposalKind.CLOSE_EVERYTHING: Act(
        "Halt and close everything",
        P.FLATTEN,
        P.FLATTEN_APPROVE,
        _close_everything,
        valid_for=URGENT_FOR,
    ),
    ProposalKind.FINALISE_MONTHS: Act(
        "Finalise months", P.FEES_FINALISE, P.FEES_APPROVE, fee_acts.finalise_months
    ),
    ProposalKind.CREDIT_INVOICE: Act(
        "Give credit", P.FEES_FINALISE, P.FEES_APPROVE, fee_acts.credit_invoice
    ),
    ProposalKind.WRITE_OFF_INVOICE: Act(
        "Write off an invoice", P.FEES_FINALISE, P.FEES_APPROVE, fee_acts.write_off_invoice
    ),
    ProposalKind.SIGN_MANDATE: Act(
        "Sign a mandate", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.sign_mandate
    ),
    ProposalKind.CHANGE_TERMS: Act(
        "Change fee terms", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.change_terms
    ),
    ProposalKind.RESET_MARK: Act(
        "Reset a high-water mark", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.reset_mark
    ),
    ProposalKind.END_MANDATE: Act(
        "End a mandate", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.end_mandate
    ),
    ProposalKind.VALUE_ACCOUNT: Act(
        "Value open positions", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.value_account
    ),
    ProposalKind.LEAVE_MANDATE: Act(
        "Leave an account out", P.FEE_TERMS_WRITE, P.FEES_APPROVE, fee_acts.leave_mandate
    ),
}
