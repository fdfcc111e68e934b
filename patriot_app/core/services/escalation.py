"""Wake people for incidents, level by level, until somebody says that he sees to it.

The pages are rows written with the messages in one transaction: whoever looks next, after a restart
or in another daemon, sees who was woken and wakes nobody twice at the same level. The messages
leave through the outbox like any other.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.domain.events import IncidentPaged
from patriot_app.core.domain.incidents import TOPIC, Contact, next_level
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

_CONTACTS = text(
    "SELECT id, name, channel, address, level, hours_from, hours_to FROM emergency_contacts"
    " WHERE removed_at IS NULL ORDER BY level, name, id"
)
_WAITING = text(
    """
    SELECT id, kind, title, detail, opened_at, round, level_paged FROM incidents
     WHERE state = 'open' AND acknowledged_at IS NULL
       AND (paged_at IS NULL OR paged_at <= :before) ORDER BY opened_at, id FOR UPDATE
    """
)
_MESSAGE = text(
    """
    INSERT INTO notifications (id, event_id, contact_id, channel, severity, title, body)
    VALUES (:id, :event_id, :contact_id, :channel, 'critical', :title, :body)
    """
)
_PAGE = text(
    "INSERT INTO incident_pages (incident_id, round, level, contact_id, notification_id, paged_at)"
    " VALUES (:incident_id, :round, :level, :contact_id, :notification_id, :now)"
)
_PAGED = text("UPDATE incidents SET level_paged = :level, paged_at = :now WHERE id = :id")


async def escalate(uow: UnitOfWork, *, after: timedelta) -> int:
    """Wake the next level of every incident that nobody took in time; return how many people.

    Args:
        after: how long a level has before the next one is woken.
    """
    await lock(uow.session, "incidents", "")
    contacts = [Contact(*row) for row in await uow.session.execute(_CONTACTS)]
    waiting = (await uow.session.execute(_WAITING, {"before": uow.now - after})).all()
    woken = 0
    for row in waiting:
        level = next_level(contacts, after=row.level_paged, now=uow.now)
        if level is not None:
            woken += await _wake(uow, row, *level)
    return woken


async def _wake(uow: UnitOfWork, row: Any, level: int, people: tuple[Contact, ...]) -> int:
    event_id = uow.record(
        IncidentPaged(
            subject=row.id, kind=row.kind, level=level, people=tuple(one.name for one in people)
        )
    )
    for contact in people:
        await _write(uow, row, contact, event_id)
    await uow.session.execute(_PAGED, {"id": row.id, "level": level, "now": uow.now})
    uow.touch(TOPIC, "notifications")
    return len(people)


async def _write(uow: UnitOfWork, row: Any, contact: Contact, event_id: UUID) -> None:
    message_id = new_id()
    await uow.session.execute(
        _MESSAGE,
        {
            "id": message_id,
            "event_id": event_id,
            "contact_id": contact.id,
            "channel": contact.channel,
            "title": f"[level {contact.level}] {row.title}"[:200],
            "body": f"{row.detail}\n\nSince {row.opened_at:%Y-%m-%d %H:%M:%S} UTC."
            " Acknowledge it in the console under Incidents, or the next level is woken.",
        },
    )
    await uow.session.execute(
        _PAGE,
        {
            "incident_id": row.id,
            "round": row.round,
            "level": contact.level,
            "contact_id": contact.id,
            "notification_id": message_id,
            "now": uow.now,
        },
    )
