"""Messages that a person has seen."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.unit_of_work import UnitOfWork

_READ = text(
    "UPDATE notifications SET read_at = :now WHERE user_id = :person AND read_at IS NULL"
    " AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids))"
)


async def mark_read(uow: UnitOfWork, notification_ids: Sequence[UUID] | None = None) -> None:
    """Note that the actor has read some of his messages, or all of them.

    Reading is no act that an audit needs, so this records no event.
    """
    ids = None if notification_ids is None else list(notification_ids)
    await uow.session.execute(_READ, {"now": uow.now, "person": uow.actor.user_id, "ids": ids})
    uow.touch("notifications")
