"""Calls on their way to the desk's programs: taken, noted as arrived, tried again, given up.

At least once: whoever dies between a call and its note leaves one that is made again, and the
receiver knows it by the event's id.
"""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.events import WebhookSwitchedOff
from patriot_app.core.domain.mail_pacing import mail_pause
from patriot_app.core.domain.webhooks import AGE_MAX, TRIES_MAX
from patriot_app.core.unit_of_work import UnitOfWork

PER_ENDPOINT = 5
"""So many calls of a batch go to one endpoint, so that a slow one holds up no other."""

_WAITS = "n.channel = 'webhook' AND n.sent_at IS NULL AND n.given_up_at IS NULL"
_HOPELESS = text(
    f"""
    UPDATE notifications AS n SET given_up_at = :now,
           error = CASE WHEN w.status = 'deleted' THEN 'The webhook was deleted'
                        WHEN w.status = 'off' THEN 'The webhook is switched off'
                        ELSE 'Too old to be news' END
      FROM webhooks AS w
     WHERE w.id = n.webhook_id AND {_WAITS}
       AND (w.status IN ('deleted', 'off') OR n.created_at < :too_old)
    """  # noqa: S608 - built from constants of this module
)
_CLAIM = text(
    f"""
    UPDATE notifications AS n SET attempts = n.attempts + 1, due_at = :lease_until
      FROM webhooks AS w
     WHERE w.id = n.webhook_id AND n.id IN (
           SELECT f.id FROM webhooks AS a CROSS JOIN LATERAL (
                  SELECT n.id, n.priority, n.created_at, n.event_id FROM notifications AS n
                   WHERE n.webhook_id = a.id AND {_WAITS} AND n.due_at <= :now
                   ORDER BY n.priority, n.created_at, n.event_id LIMIT :each
                     FOR UPDATE OF n SKIP LOCKED) AS f
            WHERE a.status = 'active' ORDER BY f.priority, f.created_at, f.event_id LIMIT :count)
    RETURNING n.id, n.event_id, n.webhook_id, n.body, n.attempts, w.url, w.secret
    """  # noqa: S608 - built from constants of this module
)
_SENT = text("UPDATE notifications SET sent_at = :now, error = '' WHERE id = :id")
_LATER = text("UPDATE notifications SET due_at = :due_at, error = :error WHERE id = :id")
_GIVE_UP = text("UPDATE notifications SET given_up_at = :now, error = :error WHERE id = :id")
_GIVE_UP_ALL = text(
    f"UPDATE notifications AS n SET given_up_at = :now, error = :error"  # noqa: S608 - constants
    f" WHERE {_WAITS} AND (CAST(:webhook_id AS uuid) IS NULL OR n.webhook_id = :webhook_id)"
)
_WENT_WELL = text(
    "UPDATE webhooks SET last_at = :now, last_result = :result, is_last_taken = true,"
    " failing_since = NULL WHERE id = :id"
)
_FAILED = text(
    "UPDATE webhooks SET last_at = :now, last_result = :result, is_last_taken = false,"
    " failing_since = coalesce(failing_since, :now) WHERE id = :id RETURNING failing_since"
)
_SPAN = sum((mail_pause(tried) for tried in range(1, TRIES_MAX)), timedelta(0))
"""From the first to the last try of a call at least: an hour."""
_OFF = text(
    "UPDATE webhooks SET status = 'off' WHERE id = :id AND status = 'active' RETURNING name, url"
)


@dataclass(frozen=True, slots=True)
class DueCall:
    """One call to one endpoint, taken to be made.

    Attributes:
        event_id: the same at every attempt, and at every endpoint.
        secret: sealed, as it is stored.
    """

    id: UUID
    event_id: UUID
    webhook_id: UUID
    body: str
    attempts: int
    url: str
    secret: bytes = field(repr=False)


async def claim(uow: UnitOfWork, *, count: int, lease: timedelta) -> list[DueCall]:
    """Take calls that are due; nobody else gets them before the lease ends."""
    bound: dict[str, Any] = {"now": uow.now, "too_old": uow.now - AGE_MAX}
    await uow.session.execute(_HOPELESS, bound)
    rows = await uow.session.execute(
        _CLAIM,
        {"now": uow.now, "lease_until": uow.now + lease, "count": count, "each": PER_ENDPOINT},
    )
    return [DueCall(*row) for row in rows]


async def mark_taken(uow: UnitOfWork, call: DueCall, *, result: str) -> None:
    """Note that an endpoint took a call."""
    await uow.session.execute(_SENT, {"id": call.id, "now": uow.now})
    bound = {"id": call.webhook_id, "now": uow.now, "result": result[:200]}
    await uow.session.execute(_WENT_WELL, bound)
    uow.touch("webhooks", "notifications")


async def mark_failed(uow: UnitOfWork, call: DueCall, *, result: str, is_gone: bool) -> None:
    """Note why a call was not taken: another try later, or its end, and perhaps the endpoint's.

    An endpoint is switched off when a call has failed to its last try while nothing else was taken,
    or at once when it says that it is gone.
    """
    bound = {"id": call.webhook_id, "now": uow.now, "result": result[:200]}
    failing_since = (await uow.session.execute(_FAILED, bound)).scalar_one()
    if not is_gone and call.attempts < TRIES_MAX:
        due_at = uow.now + mail_pause(call.attempts)
        later = {"id": call.id, "due_at": due_at, "error": result[:500]}
        await uow.session.execute(_LATER, later)
    else:
        ended = {"id": call.id, "now": uow.now, "error": result[:500]}
        await uow.session.execute(_GIVE_UP, ended)
        if is_gone or failing_since <= uow.now - _SPAN:
            await _switch_off(uow, call, result=result)
    uow.touch("webhooks", "notifications")


async def give_up_all(uow: UnitOfWork, *, reason: str) -> None:
    """Give up every call that waits, where no process can sign any."""
    bound = {"now": uow.now, "error": reason, "webhook_id": None}
    await uow.session.execute(_GIVE_UP_ALL, bound)


async def _switch_off(uow: UnitOfWork, call: DueCall, *, result: str) -> None:
    row = (await uow.session.execute(_OFF, {"id": call.webhook_id})).one_or_none()
    if row is None:
        return
    bound = {
        "now": uow.now,
        "error": "The webhook is switched off",
        "webhook_id": call.webhook_id,
    }
    done = await uow.session.execute(_GIVE_UP_ALL, bound)
    count: int = done.rowcount  # type: ignore[attr-defined]
    uow.record(
        WebhookSwitchedOff(
            subject=call.webhook_id,
            name=row.name,
            host=urlsplit(row.url).hostname or "",
            reason=result,
            given_up=count + 1,
        )
    )
