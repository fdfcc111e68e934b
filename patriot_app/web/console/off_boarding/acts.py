"""The steps of an off-boarding: what several services do is one unit of work, whole or not at all."""

from collections.abc import Sequence
from uuid import UUID

from patriot_app.core.domain.halts import HaltLevel, HaltScope
from patriot_app.core.services import credentials, halts, mandates, off_boardings, users
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


async def settle(uow: UnitOfWork, off_boarding_id: UUID, mandate_ids: Sequence[UUID]) -> None:
    """End the client's mandates; the last period of each is closed and billed as usual."""
    for mandate_id in mandate_ids:
        await mandates.end(uow, mandate_id, reason=CAUSE)
    await off_boardings.confirm_settled(uow, off_boarding_id)


async def revoke(uow: UnitOfWork, off_boarding_id: UUID, key_ids: Sequence[UUID]) -> None:
    """Destroy the client's keys and disable his accounts."""
    for key_id in key_ids:
        await credentials.revoke(uow, key_id, reason=CAUSE)
    await off_boardings.confirm_revoked(uow, off_boarding_id)
