"""Messages that a person has seen, and those that still have to leave the house."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.mail_pacing import MAIL_AGE_MAX, MAIL_ATTEMPTS_MAX, mail_pause
from patriot_app.core.unit_of_work import UnitOfWork

_READ = text(
    "UPDATE notifications SET read_at = :now WHERE user_id = :person AND read_at IS NULL"
    " AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids))"
)
_WAITING = "n.channel = 'email' AND n.sent_at IS NULL AND n.given_up_at IS NULL"
_CLAIM = text(
    f"""
    UPDATE notifications AS n
       SET attempts = n.attempts + 1, due_at = :lease_until
      FROM (SELECT id AS recipient_id, email, name FROM users
            UNION ALL SELECT id, address, name FROM emergency_contacts
            UNION ALL SELECT id, email, name FROM invitations
            UNION ALL SELECT id, email, '' FROM email_changes) AS u
     WHERE u.recipient_id = coalesce(n.user_id, n.contact_id, n.invitation_id,
                                     n.email_change_id) AND n.id IN (
           SELECT n.id FROM notifications AS n WHERE {_WAITING} AND n.due_at <= :now
            ORDER BY n.due_at, n.id LIMIT :count FOR UPDATE SKIP LOCKED)
    RETURNING n.id, u.email, u.name, n.severity, n.title, n.body, n.created_at, n.attempts
    """  # noqa: S608 - built from constants of this module
)
# What lets somebody in stays in the outbox no longer than it must.
_WIPED = "body = CASE WHEN is_secret THEN '' ELSE body END"
_SENT = text(
    f"UPDATE notifications SET sent_at = :now, error = '', {_WIPED} WHERE id = :id"  # noqa: S608
)
_LATER = text("UPDATE notifications SET due_at = :due_at, error = :error WHERE id = :id")
_GIVE_UP = text(
    f"UPDATE notifications SET given_up_at = :now, error = :error, {_WIPED}"  # noqa: S608
    " WHERE id = :id"
)
# A demo customer has no mailbox, and one who left is told nothing more.
_GIVE_UP_HOPELESS = text(
    f"""
    UPDATE notifications AS n
       SET given_up_at = :now, {_WIPED},
           error = CASE WHEN u.is_demo THEN 'A demo customer has no mailbox'
                        WHEN u.status <> 'active' THEN 'The person is not active'
                        ELSE 'Too old to be news' END
      FROM (SELECT id AS recipient_id, is_demo, status FROM users
            UNION ALL SELECT id, false, 'active' FROM emergency_contacts
            UNION ALL SELECT id, false, CASE WHEN used_at IS NULL AND revoked_at IS NULL
                      THEN 'active' ELSE 'gone' END FROM invitations
            UNION ALL SELECT id, false, CASE WHEN used_at IS NULL THEN 'active' ELSE 'gone' END
                        FROM email_changes) AS u
     WHERE u.recipient_id = coalesce(n.user_id, n.contact_id, n.invitation_id,
                                     n.email_change_id) AND {_WAITING}
       AND (u.is_demo OR u.status <> 'active' OR n.created_at < :too_old)
    """  # noqa: S608 - built from constants of this module
)
_GIVE_UP_ALL = text(
    f"UPDATE notifications AS n SET given_up_at = :now, error = :error, {_WIPED}"  # noqa: S608
    f" WHERE {_WAITING}"
)


@dataclass(frozen=True, slots=True)
class DueMail:
    """One message for one mailbox, taken to be sent.

    Attributes:
        id: the same at every attempt, so that a reader's mailbox recognises a repetition.
        attempts: with this one.
    """

    id: UUID
    email: str
    name: str
    severity: str
    title: str
    body: str
    created_at: datetime
    attempts: int


async def mark_read(uow: UnitOfWork, notification_ids: Sequence[UUID] | None = None) -> None:
    """Note that the actor has read some of his messages, or all of them.

    Reading is no act that an audit needs, so this records no event.
    """
    ids = None if notification_ids is None else list(notification_ids)
    await uow.session.execute(_READ, {"now": uow.now, "person": uow.actor.user_id, "ids": ids})
    uow.touch("notifications")


async def claim_mail(uow: UnitOfWork, *, count: int, lease: timedelta) -> list[DueMail]:
    """Take e-mail that is due; nobody else gets it before the lease ends.

    A process that dies between sending and `mark_sent` leaves a message that is sent once more:
    at least once, never silently lost.
    """
    too_old = uow.now - MAIL_AGE_MAX
    await uow.session.execute(_GIVE_UP_HOPELESS, {"now": uow.now, "too_old": too_old})
    rows = await uow.session.execute(
        _CLAIM, {"now": uow.now, "lease_until": uow.now + lease, "count": count}
    )
    return [DueMail(*row) for row in rows]


async def mark_sent(uow: UnitOfWork, notification_id: UUID) -> None:
    """Note that the mail server took a message."""
    await uow.session.execute(_SENT, {"now": uow.now, "id": notification_id})
    uow.touch("notifications")


async def mark_failed(uow: UnitOfWork, mail: DueMail, *, error: str, is_final: bool) -> None:
    """Note why a message was not taken; try again later, or give up.

    Args:
        is_final: the server will never take it.
    """
    if is_final or mail.attempts >= MAIL_ATTEMPTS_MAX:
        await uow.session.execute(_GIVE_UP, {"now": uow.now, "error": error, "id": mail.id})
    else:
        due_at = uow.now + mail_pause(mail.attempts)
        await uow.session.execute(_LATER, {"due_at": due_at, "error": error, "id": mail.id})
    uow.touch("notifications")


async def give_up_mail(uow: UnitOfWork, *, reason: str) -> int:
    """Give up every message that waits; return how many there were."""
    done = await uow.session.execute(_GIVE_UP_ALL, {"now": uow.now, "error": reason})
    count: int = done.rowcount  # type: ignore[attr-defined]
    return count
