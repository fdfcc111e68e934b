"""Who holds which roles at the desk."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import RolesChanged
from patriot_app.core.domain.permissions import STAFF_ROLES, Role
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
    uow: UnitOfWork, user_id: UUID, *, roles: Collection[Role], reason: str
) -> None:
    """Give a member of the staff exactly these roles; his sessions end, so they count at once.

    Raises:
        Invalid: no reason, no role of the desk; Refused: one's own roles, a customer, or nobody
            would be left to administer.
    """
    need_reason(reason)
    if user_id == uow.actor.user_id:
        raise Refused("You cannot change your own roles")
    if not set(roles) or not set(roles) <= STAFF_ROLES:
        raise Invalid({"roles": "Choose at least one role of the desk"})
    user = await get_for_update(uow.session, User, user_id)
    if Role.CUSTOMER in user.roles:
        raise Refused(f"{user.name} is a client, not one of the staff")
    previous, wanted = sorted(user.roles), sorted(role.value for role in roles)
    if previous == wanted:
        raise Invalid({"roles": f"{user.name} has just these roles already"})
    if Role.ADMIN in user.roles and Role.ADMIN not in roles:
        others = await uow.session.execute(_OTHER_ADMINS, {"user_id": user_id})
        if not others.scalar_one():
            raise Refused("Somebody must be left who administers the desk")
    user.roles = wanted
    await uow.session.execute(_END_SESSIONS, {"user_id": user_id, "now": uow.now})
    uow.record(
        RolesChanged(
            client_id=user_id, previous=tuple(previous), roles=tuple(wanted), reason=reason
        )
    )
    uow.touch("clients", "staff")
