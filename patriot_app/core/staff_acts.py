"""Acts about members of the desk that take two persons, as a proposal carries them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from patriot_app.core.domain.permissions import Role
from patriot_app.core.services import email_changes, second_factors, user_roles, users
from patriot_app.core.unit_of_work import UnitOfWork

Payload = Mapping[str, Any]


async def change_roles(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Give a member exactly the proposed roles."""
    until = payload.get("access_until", "")
    await user_roles.change_roles(
        uow,
        UUID(payload["user_id"]),
        roles=_roles(payload),
        reason=reason,
        access_until=datetime.fromisoformat(until) if until else None,
        is_agreed=True,
    )


async def need_grantable(uow: UnitOfWork, payload: Payload) -> None:
    """Refuse roles that the proposer does not hold himself.

    Raises:
        Refused: names them.
    """
    await user_roles.need_grantable(uow, UUID(payload["user_id"]), roles=_roles(payload))


async def suspend(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Shut an administrator out."""
    await users.suspend(uow, UUID(payload["user_id"]), reason=reason, is_agreed=True)


async def reactivate(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Let an administrator in again."""
    await users.reactivate(uow, UUID(payload["user_id"]), reason=reason, is_agreed=True)


async def confirm_address(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Let an administrator have the address that he asked for."""
    await email_changes.confirm_of_member(
        uow, UUID(payload["user_id"]), email=payload["email"], reason=reason, is_agreed=True
    )


async def reset_second_factor(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Take a lost second factor away."""
    await second_factors.reset(uow, UUID(payload["user_id"]), reason=reason)


def _roles(payload: Payload) -> list[Role]:
    return [Role(role) for role in payload["roles"]]
