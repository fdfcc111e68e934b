"""Who acts, and whether he may: decided by the matrix alone, denied by default."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from patriot_app.core.domain.permission_matrix import MATRIX, Grant
from patriot_app.core.domain.roles import (
    STAFF_ROLES,
    WORKING_ROLES,
    Permission,
    Reach,
    Role,
)
from patriot_app.core.errors import Refused

__all__ = [
    "STAFF_ROLES",
    "STRANGER",
    "SYSTEM",
    "VISITOR",
    "WORKING_ROLES",
    "Actor",
    "Permission",
    "Reach",
    "Role",
    "can",
    "grant_of",
    "need_reach",
    "needs_two_persons",
    "sees_personal_data",
]

UNASKED_SURFACES = frozenset({"daemon", "cli"})
"""Whoever acts there has the machine itself; the database role is the fence."""


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: looked up on the server for every event, never taken from the client.

    Attributes:
        surface: "console", "portal", "api", "bot", "daemon", "cli" or "sign_in"; goes into the
            audit log.
    """

    user_id: UUID | None
    name: str
    roles: frozenset[Role]
    surface: str
    session_id: UUID | None = None

    @property
    def is_staff(self) -> bool:
        return bool(self.roles & STAFF_ROLES)


SYSTEM = Actor(user_id=None, name="daemon", roles=frozenset(), surface="daemon")
"""The daemon acting by itself; it needs no permission, its database role is the fence."""

VISITOR = Actor(user_id=None, name="visitor", roles=frozenset(), surface="sign_in")
"""Somebody who has not signed in yet: the database shows him people to look up and nothing else."""

STRANGER = Actor(user_id=None, name="stranger in a chat", roles=frozenset(), surface="bot")
"""Somebody who writes to the bot and is connected with nobody."""


def can(actor: Actor, permission: Permission) -> bool:
    """Tell whether any of the actor's roles grants the permission."""
    return grant_of(actor.roles, permission) is not None


def grant_of(
    roles: Collection[Role], permission: Permission, reach: Reach = Reach.OWN
) -> Grant | None:
    """Return the cell that decides for somebody who holds these roles; None: denied.

    Args:
        reach: how far the act goes; of the cells that reach so far the easiest decides.
    """
    cells = MATRIX.actions[permission].grants
    enough = [cells[role] for role in roles if role in cells and cells[role].covers(reach)]
    return min(enough, key=lambda cell: (cell.conditions, -cell.reach.width), default=None)


def need_reach(actor: Actor, permission: Permission, reach: Reach) -> None:
    """Refuse an act that goes further than the actor's grant does.

    Raises:
        Refused: says how far he may go.
    """
    if actor.surface in UNASKED_SURFACES:
        return
    if not can(actor, permission):
        raise Refused(f"You may not do this: it needs {permission.value}")
    if grant_of(actor.roles, permission, reach) is None:
        raise Refused(f"You may not go so far: it needs {permission.value} for {reach.value}")


def needs_two_persons(actor: Actor, permission: Permission, reach: Reach) -> bool:
    """Tell whether the actor may only propose what another person then carries out."""
    grant = grant_of(actor.roles, permission, reach)
    return grant is not None and grant.two_persons


def sees_personal_data(actor: Actor) -> bool:
    """Tell whether clients' personal data is shown to the actor in clear."""
    if actor.surface in UNASKED_SURFACES:
        return True
    return grant_of(actor.roles, Permission.CLIENTS_READ, Reach.ALL) is not None
