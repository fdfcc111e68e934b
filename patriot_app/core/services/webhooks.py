"""Endpoints of the desk's programs: registered, given a secret, tested, paused, deleted.

A secret is shown to whoever makes it and sealed at once for the process that sends: the web process
cannot read it back, and nobody is shown it again.
"""

import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import (
    Severity,
    WebhookAdded,
    WebhookSecretRotated,
    WebhookStatusChanged,
    WebhookTested,
)
from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.domain.transitions import advance
from patriot_app.core.domain.webhooks import (
    SECRET_PREFIX,
    TRANSITIONS,
    WEBHOOKS_MAX,
    WebhookStatus,
    body_of,
    check,
)
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.sealing import pack, seal
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

TEST_TITLE = "A test call"
_SECRET_BYTES = 32

_COUNT = text("SELECT count(*) FROM webhooks WHERE status <> 'deleted'")
_INSERT = text(
    "INSERT INTO webhooks (id, name, url, kinds, status, secret, secret_at)"
    " VALUES (:id, :name, :url, :kinds, 'active', :secret, :now)"
)
_FIND = text("SELECT id, name, status FROM webhooks WHERE id = :id FOR UPDATE")
_ROTATE = text("UPDATE webhooks SET secret = :secret, secret_at = :now WHERE id = :id")
_SET_STATUS = text("UPDATE webhooks SET status = :status, failing_since = NULL WHERE id = :id")
_FORGET_SECRET = text("UPDATE webhooks SET secret = '' WHERE id = :id")
_TEST = text(
    "INSERT INTO notifications (id, event_id, webhook_id, channel, severity, kind, title, body)"
    " VALUES (:id, :event_id, :webhook_id, 'webhook', 'info', 'desk', :title, :body)"
)


@dataclass(frozen=True, slots=True)
class NewSecret:
    """A secret as it is shown once."""

    webhook_id: UUID
    name: str
    secret: str = field(repr=False)


async def add(uow: UnitOfWork, *, name: str, url: str, kinds: Collection[str]) -> NewSecret:
    """Register an endpoint and give it its secret.

    Raises:
        Invalid: a message per field; Refused: there are too many.
    """
    may_loop_back = get_settings().may_webhooks_loop_back
    check(name=name, url=url, kinds=kinds, may_loop_back=may_loop_back)
    if (await uow.session.execute(_COUNT)).scalar_one() >= WEBHOOKS_MAX:
        raise Refused(f"There are {WEBHOOKS_MAX} webhooks; delete one first")
    webhook_id, called, chosen = new_id(), name.strip(), _in_order(kinds)
    secret, sealed = _new_secret(webhook_id)
    await uow.session.execute(
        _INSERT,
        {
            "id": webhook_id,
            "name": called,
            "url": url.strip(),
            "kinds": list(chosen),
            "secret": sealed,
            "now": uow.now,
        },
    )
    host = urlsplit(url.strip()).hostname or ""
    uow.record(WebhookAdded(subject=webhook_id, name=called, host=host, kinds=chosen))
    uow.touch("webhooks")
    return NewSecret(webhook_id, called, secret)


async def rotate_secret(uow: UnitOfWork, webhook_id: UUID) -> NewSecret:
    """Give an endpoint another secret; whatever leaves from now on is signed with it.

    Raises:
        NotFound: no such endpoint; Refused: it was deleted.
    """
    row = await _for_update(uow, webhook_id)
    secret, sealed = _new_secret(webhook_id)
    bound = {"id": webhook_id, "secret": sealed, "now": uow.now}
    await uow.session.execute(_ROTATE, bound)
    uow.record(WebhookSecretRotated(subject=webhook_id, name=row.name))
    uow.touch("webhooks")
    return NewSecret(webhook_id, row.name, secret)


async def test(uow: UnitOfWork, webhook_id: UUID) -> None:
    """Put a call out that tells of nothing, so that one sees whether it arrives.

    Raises:
        NotFound: no such endpoint; Refused: it hears nothing at present.
    """
    row = await _for_update(uow, webhook_id)
    if row.status != WebhookStatus.ACTIVE:
        raise Refused("Resume it first: a webhook that is not active is not called")
    event_id = uow.record(WebhookTested(subject=webhook_id, name=row.name))
    body = body_of(
        event_id=event_id,
        event_type=WebhookTested.__name__,
        kind=NoticeKind.DESK,
        severity=Severity.INFO,
        at=uow.now,
        about="",
        payload={},
    )
    bound = {"id": new_id(), "event_id": event_id, "webhook_id": webhook_id, "title": TEST_TITLE}
    await uow.session.execute(_TEST, bound | {"body": body})
    uow.touch("webhooks", "notifications")


async def pause(uow: UnitOfWork, webhook_id: UUID, *, reason: str) -> None:
    """Call it no more for a while; what happens meanwhile waits."""
    await _become(uow, webhook_id, WebhookStatus.PAUSED, reason=reason)


async def resume(uow: UnitOfWork, webhook_id: UUID, *, reason: str) -> None:
    """Call it again, what waited first."""
    await _become(uow, webhook_id, WebhookStatus.ACTIVE, reason=reason)


async def delete(uow: UnitOfWork, webhook_id: UUID, *, reason: str) -> None:
    """Forget an endpoint and its secret for good; what waits for it is given up when it is due."""
    await _become(uow, webhook_id, WebhookStatus.DELETED, reason=reason)
    await uow.session.execute(_FORGET_SECRET, {"id": webhook_id})


def sealing_context(webhook_id: UUID) -> str:
    """Return what a secret is bound to: one that was copied to another endpoint does not open."""
    return f"webhook|{webhook_id}|secret"


async def _become(uow: UnitOfWork, webhook_id: UUID, status: WebhookStatus, *, reason: str) -> None:
    need_reason(reason)
    row = await _for_update(uow, webhook_id)
    previous = WebhookStatus(row.status)
    if advance(TRANSITIONS, previous, status) == previous:
        return
    await uow.session.execute(_SET_STATUS, {"id": webhook_id, "status": status.value})
    uow.record(
        WebhookStatusChanged(
            subject=webhook_id,
            name=row.name,
            previous=previous.value,
            status=status.value,
            reason=reason,
        )
    )
    uow.touch("webhooks")


async def _for_update(uow: UnitOfWork, webhook_id: UUID) -> Any:
    row = (await uow.session.execute(_FIND, {"id": webhook_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such webhook")
    if row.status == WebhookStatus.DELETED:
        raise Refused("This webhook was deleted")
    return row


def _new_secret(webhook_id: UUID) -> tuple[str, bytes]:
    public = read_key(
        get_settings().webhook_public_key_file, name="PATRIOT_WEBHOOK_PUBLIC_KEY_FILE"
    )
    secret = f"{SECRET_PREFIX}{secrets.token_urlsafe(_SECRET_BYTES)}"
    return secret, pack(seal(public, secret, context=sealing_context(webhook_id)))


def _in_order(kinds: Iterable[str]) -> tuple[str, ...]:
    chosen = set(kinds)
    return tuple(kind.value for kind in NoticeKind if kind.value in chosen)
