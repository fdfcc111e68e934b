"""Whose portal page this is: the session says so, nothing else."""

from uuid import UUID

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import Refused
from patriot_app.web.auth import current_actor


def owner() -> tuple[Actor, UUID]:
    """Return the signed-in client and his id.

    Raises:
        Refused: nobody in particular is signed in.
    """
    actor = current_actor()
    if actor.user_id is None:
        raise Refused("You are signed out")
    return actor, actor.user_id
