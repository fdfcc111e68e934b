"""The steps of an off-boarding: what several services do is one unit of work, whole or not at all."""

from collections.abc import Sequence
from uuid import UUID

from patriot_app.core import four_eyes
from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.domain.off_boarding import OffBoardingState
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.four_eyes import Submitted
from patriot_app.core.queries.off_boardings import RunningMandate
from patriot_app.core.services import credentials, halts, off_boardings, proposals, users
from patriot_app.core.unit_of_work import UnitOfWork

CAUSE = "Off-boarding"


async def stop(uow: UnitOfWork, client_id: UUID, *, reason: str) -> UUID:
    """Open nothing more for the client: he is suspended, and his accounts with him."""
    off_boarding_id, is_active = await off_boardings.begin(uow, client_id, reason=reason)
    if is_active:
        await users.suspend(uow, client_id, reason=f"{CAUSE}: {reason}")
    return off_boarding_id


async def flatten(uow: UnitOfWork, off_boarding_id: UUID) -> None:
    """Have the daemons close what the desk opened, and nothing that it did not."""
    client_id, has_open, halt_id = await off_boardings.needs_closing(uow, off_boarding_id)
    if has_open and halt_id is None:
        raised = await halts.raise_halt(
            uow,
            scope=HaltScope.CLIENT,
            scope_id=str(client_id),
            level=HaltLevel.FLATTEN,
            reason=CAUSE,
        )
        halt_id = raised.halt_id
    await off_boardings.note_flattening(uow, off_boarding_id, halt_id=halt_id)


async def settle(
    uow: UnitOfWork, off_boarding_id: UUID, running: Sequence[RunningMandate]
) -> Submitted | None:
    """Have the client's mandates ended; the last period of each is closed and billed as usual.

    Ending a mandate takes two persons here as everywhere: the first time it is proposed, and the
    step is taken once none is in force. None: there was nothing to propose.

    Raises:
        Refused: the end of one of them waits for its approval already.
    """
    submitted = None
    for one in running:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.END_MANDATE,
            subject=f"{one.client}, {one.name}",
            subject_key=str(one.id),
            payload={"mandate_id": str(one.id), **_purpose(off_boarding_id)},
            changes=[Change("Mandate", "in force", "ended, with a final close")],
            reason=CAUSE,
        )
    if submitted is None or submitted.is_done:
        await off_boardings.confirm_settled(uow, off_boarding_id)
    else:
        await off_boardings.need_step(uow, off_boarding_id, OffBoardingState.FLAT)
    return submitted


async def revoke(uow: UnitOfWork, off_boarding_id: UUID, key_ids: Sequence[UUID]) -> None:
    """Destroy the client's keys and disable his accounts."""
    for key_id in key_ids:
        await credentials.revoke(uow, key_id, reason=CAUSE)
    await off_boardings.confirm_revoked(uow, off_boarding_id)


async def abandon(uow: UnitOfWork, off_boarding_id: UUID, *, reason: str) -> None:
    """Keep the client after all; what was proposed to end his mandates for it is withdrawn.

    Raises:
        Invalid: no reason; NotFound; IllegalTransition: too late.
    """
    await off_boardings.abandon(uow, off_boarding_id, reason=reason)
    await proposals.withdraw_what_served(
        uow,
        ProposalKind.END_MANDATE,
        _purpose(off_boarding_id),
        reason=f"{CAUSE} given up: {reason.strip()}",
    )


def _purpose(off_boarding_id: UUID) -> dict[str, str]:
    """Return what tells the proposals of an off-boarding from those made for themselves."""
    return {"off_boarding_id": str(off_boarding_id)}
