"""Messages on their way: what may leave now, what goes along with it, what becomes of it.

The same for every channel: a message is judged once by its person's quiet hours and digest, and
what waited together leaves together. Into a chat nothing is sent twice: Telegram does not tell a
repetition from a new message, so what may have arrived is never sent there again. It is noted as
unsure, stands in the notification centre, and goes out by e-mail in place of a repetition.
"""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.outbox_rows import MUST_BE_JUDGED, WAITING, hold_back, take_along
from patriot_app.core.domain.mail_pacing import MAIL_AGE_MAX, MAIL_ATTEMPTS_MAX, mail_pause
from patriot_app.core.domain.notice_words.frame import FRAMES
from patriot_app.core.domain.notification_preferences import Channel, HeldFor, Language
from patriot_app.core.domain.parcels import Parcel
from patriot_app.core.ids import new_id
from patriot_app.core.unit_of_work import UnitOfWork

UNSURE = "It may have arrived: Telegram did not say"
STOPPED = "The bot stopped while it was sending; it may have arrived"

_READY = text(
    f"""
    SELECT n.id, n.user_id, n.severity, n.title, n.body, n.created_at, n.attempts, n.held_for,
           n.is_silent, n.group_key, l.telegram_id, coalesce(s.hides_amounts, false) AS hides_amounts,
           coalesce(s.zone, 'UTC') AS zone, coalesce(s.language, 'en') AS language
      FROM notifications AS n
      JOIN telegram_links AS l ON l.user_id = n.user_id AND l.unlinked_at IS NULL
      LEFT JOIN notification_settings AS s ON s.user_id = n.user_id
     WHERE n.channel = 'telegram' AND {WAITING} AND n.sending_at IS NULL AND n.due_at <= :now
       AND NOT ({MUST_BE_JUDGED}) AND l.telegram_id <> ALL(CAST(:resting AS bigint[]))
       AND EXISTS (SELECT 1 FROM telegram_bots AS b WHERE b.id = 1 AND b.owner = :owner
                    AND b.expires_at > clock_timestamp())
     ORDER BY n.priority, n.created_at, n.event_id LIMIT :window FOR UPDATE OF n SKIP LOCKED
    """  # noqa: S608 - built from constants of this module
)
_TAKE = text(
    "UPDATE notifications SET sending_at = :now, attempts = attempts + 1, due_at = :lease_until"
    " WHERE id = ANY(:ids)"
)
_SENT = text(
    "UPDATE notifications SET sent_at = :now, error = '' WHERE id = ANY(:ids) OR sent_as = ANY(:ids)"
)
_BACK = text(
    "UPDATE notifications SET sending_at = NULL, sent_as = NULL, due_at = :due_at, error = :error,"
    " attempts = attempts - :uncounted WHERE id = :id OR sent_as = :id"
)
_GIVE_UP = text(
    "UPDATE notifications SET given_up_at = :now, error = :error, is_unsure = :is_unsure"
    " WHERE id = ANY(:ids) OR sent_as = ANY(:ids)"
)
_ABANDONED = text(
    f"SELECT n.id FROM notifications AS n WHERE n.channel = 'telegram' AND {WAITING}"  # noqa: S608 - built from constants
    " AND n.sending_at IS NOT NULL AND n.sent_as IS NULL AND n.due_at <= :now"
    " FOR UPDATE SKIP LOCKED"
)
_BY_MAIL = text(
    "SELECT n.event_id, n.user_id, n.severity, n.kind, n.title, n.body, n.about,"
    " coalesce(s.language, 'en') AS language FROM notifications AS n"
    " LEFT JOIN notification_settings AS s ON s.user_id = n.user_id"
    " WHERE (n.id = ANY(:ids) OR n.sent_as = ANY(:ids)) AND n.user_id IS NOT NULL"
)
_MAIL = text(
    "INSERT INTO notifications (id, event_id, user_id, channel, severity, kind, title, body, about)"
    " VALUES (:id, :event_id, :user_id, 'email', :severity, :kind, :title, :body, :about)"
    " ON CONFLICT DO NOTHING"
)
_HOPELESS = text(
    f"""
    UPDATE notifications AS n SET given_up_at = :now,
           error = CASE WHEN u.status NOT IN ('active', 'suspended') THEN 'The person has left'
                        WHEN n.created_at < :too_old THEN 'Too old to be news'
                        ELSE 'No chat is connected' END
      FROM users AS u
     WHERE u.id = n.user_id AND n.channel = 'telegram' AND {WAITING} AND n.sending_at IS NULL
       AND (u.status NOT IN ('active', 'suspended')
            OR (n.created_at < :too_old AND n.held_for NOT IN ('quiet', 'digest'))
            OR NOT EXISTS (SELECT 1 FROM telegram_links AS l
                            WHERE l.user_id = n.user_id AND l.unlinked_at IS NULL))
    """  # noqa: S608 - built from constants of this module
)


async def claim_for_chats(
    uow: UnitOfWork, *, owner: str, count: int, resting: Sequence[int], lease: timedelta
) -> list[tuple[int, Parcel]]:
    """Take messages for chats, critical ones first, each chat's oldest; note that they are sent.

    Args:
        owner: the process that reads the bot's messages; nobody else gets any.
        resting: chats that must not be written to yet.
    """
    await hold_back(uow.session, Channel.TELEGRAM, now=uow.now)
    bound = {"now": uow.now, "owner": owner, "resting": list(resting), "window": count * 6}
    first: dict[int, Any] = {}
    for row in await uow.session.execute(_READY, bound):
        if len(first) < count:
            first.setdefault(row.telegram_id, row)
    lease_until = uow.now + lease
    ids = [row.id for row in first.values()]
    if ids:
        taken = {"ids": ids, "now": uow.now, "lease_until": lease_until}
        await uow.session.execute(_TAKE, taken)
    claimed = []
    for chat_id, row in first.items():
        parcel = Parcel(
            id=row.id,
            user_id=row.user_id,
            severity=row.severity,
            title=row.title,
            body=row.body,
            created_at=row.created_at,
            attempts=row.attempts + 1,
            held_for=HeldFor(row.held_for),
            is_silent=row.is_silent,
            hides_amounts=row.hides_amounts,
            zone=row.zone,
            language=Language(row.language),
        )
        along = await take_along(
            uow.session,
            parcel,
            Channel.TELEGRAM,
            group_key=row.group_key,
            now=uow.now,
            until=lease_until,
        )
        claimed.append((chat_id, along))
    return claimed


async def mark_sent(uow: UnitOfWork, ids: Iterable[UUID]) -> None:
    """Note that messages have arrived, with all that went along."""
    await uow.session.execute(_SENT, {"ids": list(ids), "now": uow.now})
    uow.touch("notifications")


async def put_back(
    uow: UnitOfWork, parcel: Parcel, *, error: str, after_s: float, is_counted: bool = True
) -> None:
    """Keep a message that surely did not arrive for another attempt, or give it up after many.

    Args:
        is_counted: it was tried; one that Telegram asked to be sent later was not.
    """
    if is_counted and parcel.attempts >= MAIL_ATTEMPTS_MAX:
        await give_up(uow, [parcel.id], error=error)
        return
    least = mail_pause(parcel.attempts) if is_counted else timedelta(0)
    pause = max(timedelta(seconds=after_s), least)
    bound = {
        "id": parcel.id,
        "error": error[:500],
        "due_at": uow.now + pause,
        "uncounted": 0 if is_counted else 1,
    }
    await uow.session.execute(_BACK, bound)


async def give_up(
    uow: UnitOfWork, ids: Sequence[UUID], *, error: str, is_unsure: bool = False
) -> None:
    """Note that messages will not be sent (again); what may have arrived goes out by e-mail."""
    bound = {"ids": list(ids), "now": uow.now, "error": error[:500], "is_unsure": is_unsure}
    await uow.session.execute(_GIVE_UP, bound)
    if is_unsure:
        for row in (await uow.session.execute(_BY_MAIL, {"ids": list(ids)})).all():
            told = row._asdict()
            seen = FRAMES[Language(told.pop("language"))].perhaps_seen
            told |= {"id": new_id(), "body": f"{row.body}\n\n{seen}"}
            await uow.session.execute(_MAIL, told)
    uow.touch("notifications")


async def sweep(uow: UnitOfWork) -> int:
    """Settle what nobody sends any more: left by a bot that stopped, too old, without a chat.

    Returns:
        How many messages may have arrived and are not repeated.
    """
    await uow.session.execute(_HOPELESS, {"now": uow.now, "too_old": uow.now - MAIL_AGE_MAX})
    found = await uow.session.execute(_ABANDONED, {"now": uow.now})
    ids = list(found.scalars())
    if ids:
        await give_up(uow, ids, error=STOPPED, is_unsure=True)
    return len(ids)
