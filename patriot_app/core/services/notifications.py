"""Messages that a person has seen, and those that still have to leave the house."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.outbox_rows import MUST_BE_JUDGED, hold_back, take_along
from patriot_app.core.domain.events import DeliveryRetried
from patriot_app.core.domain.mail_pacing import MAIL_AGE_MAX, MAIL_ATTEMPTS_MAX, mail_pause
from patriot_app.core.domain.notification_preferences import Channel, HeldFor, Language
from patriot_app.core.domain.parcels import Parcel
from patriot_app.core.errors import Refused
from patriot_app.core.unit_of_work import UnitOfWork

_READ = text(
    "UPDATE notifications SET read_at = :now WHERE user_id = :person AND read_at IS NULL"
    " AND (CAST(:ids AS uuid[]) IS NULL OR id = ANY(:ids))"
)
_UNREAD = text(
    "UPDATE notifications SET read_at = NULL WHERE user_id = :person AND id = :id"
    " AND channel = 'console'"
)
_RETRY = text(
    "UPDATE notifications SET given_up_at = NULL, error = '', attempts = 0, due_at = :now"
    " WHERE id = :id AND given_up_at IS NOT NULL AND NOT is_unsure AND NOT is_secret"
    " AND channel <> 'console' RETURNING channel, title"
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
              AND NOT ({MUST_BE_JUDGED})
            ORDER BY n.priority, n.due_at, n.id LIMIT :count FOR UPDATE SKIP LOCKED)
    RETURNING n.id, n.user_id, n.severity, n.title, n.body, n.created_at, n.attempts, n.held_for,
              n.is_silent, n.group_key, u.email, u.name,
              coalesce((SELECT s.hides_amounts FROM notification_settings AS s
                         WHERE s.user_id = n.user_id), false) AS hides_amounts,
              coalesce((SELECT s.zone FROM notification_settings AS s
                         WHERE s.user_id = n.user_id), 'UTC') AS zone,
              coalesce((SELECT s.language FROM notification_settings AS s
                         WHERE s.user_id = n.user_id), 'en') AS language
    """  # noqa: S608 - built from constants of this module
)
# What lets somebody in stays in the outbox no longer than it must.
_WIPED = "body = CASE WHEN is_secret THEN '' ELSE body END"
_SENT = text(
    f"UPDATE notifications SET sent_at = :now, error = '', {_WIPED}"  # noqa: S608
    " WHERE id = :id OR sent_as = :id"
)
_ALONG = text("UPDATE notifications SET sent_as = :leader WHERE id = :id")
_LATER = text(
    "UPDATE notifications SET due_at = :due_at, error = :error, sent_as = NULL"
    " WHERE id = :id OR sent_as = :id"
)
_GIVE_UP = text(
    f"UPDATE notifications SET given_up_at = :now, error = :error, {_WIPED}"  # noqa: S608
    " WHERE id = :id OR sent_as = :id"
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
       AND (u.is_demo OR u.status <> 'active'
            OR (n.created_at < :too_old AND n.held_for NOT IN ('quiet', 'digest')))
    """  # noqa: S608 - built from constants of this module
)
_GIVE_UP_ALL = text(
    f"UPDATE notifications AS n SET given_up_at = :now, error = :error, {_WIPED}"  # noqa: S608
    f" WHERE {_WAITING}"
)


@dataclass(frozen=True, slots=True)
class DueMail(Parcel):
    """One message for one mailbox, taken to be sent.

    A reader's mailbox recognises a repetition by the id.
    """

    email: str = ""
    name: str = ""


async def mark_unread(uow: UnitOfWork, notification_id: UUID) -> None:
    """Note that the actor wants to see one of his messages again."""
    await uow.session.execute(_UNREAD, {"person": uow.actor.user_id, "id": notification_id})
    uow.touch("notifications")


async def retry(uow: UnitOfWork, notification_id: UUID) -> None:
    """Let a message that was given up be sent again.

    Raises:
        Refused: it was sent, still waits, may have arrived, or its text was wiped.
    """
    bound = {"id": notification_id, "now": uow.now}
    row = (await uow.session.execute(_RETRY, bound)).one_or_none()
    if row is None:
        raise Refused("Only a message that was given up can be sent again")
    uow.record(DeliveryRetried(subject=notification_id, channel=row.channel, title=row.title))
    uow.touch("notifications")


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
    await hold_back(uow.session, Channel.EMAIL, now=uow.now)
    lease_until = uow.now + lease
    rows = await uow.session.execute(
        _CLAIM, {"now": uow.now, "lease_until": lease_until, "count": count}
    )
    leaders: dict[tuple[UUID | None, str], DueMail] = {}
    for row in sorted(rows.all(), key=lambda one: (one.created_at, one.id)):
        fields = row._asdict() | {
            "held_for": HeldFor(row.held_for),
            "language": Language(row.language),
        }
        group_key = fields.pop("group_key")
        mail = DueMail(**fields)
        key = (mail.user_id, _bundle_of(mail, group_key))
        if leader := leaders.get(key):
            await uow.session.execute(_ALONG, {"id": mail.id, "leader": leader.id})
            leaders[key] = replace(leader, others=(*leader.others, (mail.title, mail.body)))
            continue
        along = await take_along(
            uow.session,
            mail,
            Channel.EMAIL,
            group_key=group_key,
            now=uow.now,
            until=lease_until,
        )
        leaders[key] = replace(mail, others=along.others)
    return list(leaders.values())


def _bundle_of(mail: DueMail, group_key: str) -> str:
    """Return under which key a message goes out with others of its person; its own id: alone."""
    if mail.held_for in {HeldFor.QUIET, HeldFor.DIGEST}:
        return "held"
    return group_key or str(mail.id)


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
