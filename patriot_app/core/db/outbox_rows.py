"""Rows of the outbox: what must wait for its person, and what goes along with another message."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.events import Severity
from patriot_app.core.domain.notification_preferences import (
    Channel,
    Digest,
    HeldFor,
    NoticeKind,
    Preferences,
    when_due,
)
from patriot_app.core.domain.parcels import Parcel

WAITING = "n.sent_at IS NULL AND n.given_up_at IS NULL"
MUST_BE_JUDGED = (
    "n.held_for = '' AND n.priority > 0 AND n.kind <> 'security' AND EXISTS (SELECT 1"
    " FROM notification_settings AS s WHERE s.user_id = n.user_id"
    " AND (s.quiet_from IS NOT NULL OR s.digest <> 'off'))"
)
"""These wait for `hold_back`, whoever wants to send them meanwhile."""
_UNJUDGED = text(
    "SELECT n.id, n.kind, n.severity, s.zone, s.quiet_from, s.quiet_until, s.digest, s.digest_at,"  # noqa: S608 - built from constants
    " s.digest_weekday FROM notifications AS n JOIN notification_settings AS s USING (user_id)"
    f" WHERE n.channel = :channel AND {WAITING} AND {MUST_BE_JUDGED} AND n.due_at <= :now"
    " ORDER BY n.created_at, n.event_id LIMIT 1000 FOR UPDATE OF n SKIP LOCKED"
)
_HOLD = text(
    "UPDATE notifications AS n SET held_for = d.held_for, due_at = d.due_at"
    " FROM unnest(CAST(:ids AS uuid[]), CAST(:held AS text[]), CAST(:due AS timestamptz[]))"
    " AS d(id, held_for, due_at) WHERE n.id = d.id"
)
_ALONG = text(
    f"""
    UPDATE notifications AS n SET sent_as = :leader, sending_at = :sending_at,
           due_at = :lease_until, attempts = n.attempts + 1
     WHERE n.channel = :channel AND n.user_id = :user_id AND n.id <> :leader AND {WAITING}
       AND n.sending_at IS NULL AND n.due_at <= :now AND n.sent_as IS NULL
       AND CASE WHEN :is_held THEN n.held_for IN ('quiet', 'digest')
                ELSE n.group_key = :group_key AND NOT ({MUST_BE_JUDGED}) END
    RETURNING n.title, n.body, n.created_at, n.event_id
    """  # noqa: S608 - built from constants of this module
)


async def hold_back(session: AsyncSession, channel: Channel, *, now: datetime) -> int:
    """Judge what is due by its person's settings, once; return how many messages were judged."""
    rows = (await session.execute(_UNJUDGED, {"channel": channel.value, "now": now})).all()
    if not rows:
        return 0
    judged = [_judge(row, now) for row in rows]
    bound = {
        "ids": [row.id for row in rows],
        "held": [held.value for _, held in judged],
        "due": [due_at for due_at, _ in judged],
    }
    await session.execute(_HOLD, bound)
    return len(rows)


def _judge(row: Any, now: datetime) -> tuple[datetime, HeldFor]:
    preferences = Preferences(
        zone=row.zone,
        quiet_from=row.quiet_from,
        quiet_until=row.quiet_until,
        digest=Digest(row.digest),
        digest_at=row.digest_at,
        digest_weekday=row.digest_weekday,
    )
    return when_due(
        preferences, kind=NoticeKind(row.kind), severity=Severity(row.severity), now=now
    )


async def take_along(
    session: AsyncSession,
    parcel: Parcel,
    channel: Channel,
    *,
    group_key: str,
    now: datetime,
    until: datetime,
) -> Parcel:
    """Return the message with what waits together with it, taken like it."""
    is_held = parcel.held_for in {HeldFor.QUIET, HeldFor.DIGEST}
    if parcel.user_id is None or not (is_held or group_key):
        return parcel
    found = await session.execute(
        _ALONG,
        {
            "leader": parcel.id,
            "user_id": parcel.user_id,
            "channel": channel.value,
            "is_held": is_held,
            "group_key": group_key,
            "now": now,
            "sending_at": now if channel is Channel.TELEGRAM else None,
            "lease_until": until,
        },
    )
    rows = sorted(found, key=lambda row: (row.created_at, row.event_id))
    return replace(parcel, others=tuple((row.title, row.body) for row in rows))
