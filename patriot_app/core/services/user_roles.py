"""Who holds which roles at the desk."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.administrators import need_another_administrator
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import AuditAccessGiven, RolesChanged
from patriot_app.core.domain.permissions import UNASKED_SURFACES, Role
from patriot_app.core.domain.staff import check_roles, need_agreed, need_held
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.schema.users import User
from patriot_app.core.unit_of_work import UnitOfWork

_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
)


async def change_roles(
    uow: UnitOfWork,
    user_id: UUID,
    *,
    roles: Collection[Role],
    reason: str,
    access_until: datetime | None = None,
    is_agreed: bool = False,
) -> None:
    """Give a member of the staff exactly these roles; his sessions end, so they count at once.

    Args:
        access_until: the end of an auditor's access; None for everybody else.
        is_agreed: a second person agreed, or the desk has only one; what the first one may give
            was asked by `need_grantable` when he proposed it.

    Raises:
        Invalid: no reason, roles that do not go together, nothing would change; Refused: one's
            own roles, a customer, a role that the actor lacks, an administrator without a second
            person, or nobody would be left to administer.
    """
    need_reason(reason)
    if user_id == uow.actor.user_id:
        raise Refused("You cannot change your own roles")
    wanted = check_roles(roles, access_until=access_until, now=uow.now)
    user = await get_for_update(uow.session, User, user_id)
    if Role.CUSTOMER in user.roles:
        raise Refused(f"{user.name} is a client, not one of the staff")
    previous = frozenset(Role(role) for role in user.roles)
    if previous == wanted and user.access_until == access_until:
        raise Invalid({"roles": f"{user.name} has just these roles already"})
    if not is_agreed:
        _need_held(uow, wanted - previous)
        need_agreed(previous ^ wanted, is_agreed=False)
    if Role.ADMIN in previous - wanted:
        await need_another_administrator(uow.session, user_id)
    user.roles, user.access_until = sorted(wanted), access_until
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    if previous != wanted:
        uow.record(
            RolesChanged(
                client_id=user_id,
                previous=tuple(sorted(previous)),
                roles=tuple(sorted(wanted)),
                reason=reason,
            )
        )
    if access_until is not None:
        uow.record(AuditAccessGiven(client_id=user_id, until=access_until, reason=reason))
    uow.touch("clients", "staff", "sessions")


async def need_grantable(uow: UnitOfWork, user_id: UUID, *, roles: Collection[Role]) -> None:
    """Refuse to propose roles that the actor could not give alone either.

    Raises:
        Refused: he lacks one of those that would be new.
    """
    user = await get_for_update(uow.session, User, user_id)
    _need_held(uow, frozenset(roles) - {Role(role) for role in user.roles})


def _need_held(uow: UnitOfWork, given: Collection[Role]) -> None:
    if uow.actor.surface not in UNASKED_SURFACES:
        need_held(uow.actor.roles, given)
