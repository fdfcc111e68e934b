"""Unlink an account: it is disabled and its keys are destroyed, in one unit of work."""

from collections.abc import Sequence
from uuid import UUID

from patriot_app.core.services import accounts, credentials
from patriot_app.core.unit_of_work import UnitOfWork

CODE_BYTES = 3
"""A confirmation code of six characters: nobody types it by habit."""


async def unlink(
    uow: UnitOfWork, account_id: UUID, key_ids: Sequence[UUID], *, reason: str
) -> None:
    """Give an account up; refused while anything is open on it."""
    await accounts.unlink(uow, account_id, reason=reason)
    for key_id in key_ids:
        await credentials.revoke(uow, key_id, reason=reason)
