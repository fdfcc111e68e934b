"""Who holds which roles at the desk."""

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import AuditAccessGiven, RolesChanged
from patriot_app.core.domain.permissions import Role
from patriot_app.core.domain.staff import check_roles
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.schema.users import User
from patriot_app.core.unit_of_work import UnitOfWork

_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
)
_OTHER_ADMINS = text(
    "SELECT count(*) FROM users WHERE 'admin' = ANY(roles) AND status = 'active' AND id <> :user_id"
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
        is_agreed: a second person agreed, or the desk has only one.

    Raises:
        Invalid: no reason, roles that do not go together, nothing would change; Refused: one's
            own roles, a customer, an administrator without a second person, or nobody would be
            left to administer.
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
    if Role.ADMIN in previous ^ wanted and not is_agreed:
        raise Refused("Who becomes or ceases to be an administrator takes two persons; propose it")
    if Role.ADMIN in previous - wanted:
        others = await uow.session.execute(_OTHER_ADMINS, {"user_id": user_id})
        if not others.scalar_one():
            raise Refused("Somebody must be left who administers the desk")
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
