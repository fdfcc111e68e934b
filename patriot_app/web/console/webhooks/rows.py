"""Webhooks, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.queries.webhooks import WebhookView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.notices import KIND_NAMES
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "active": ("positive", "Active"),
    "failing": ("warning", "Fails"),
    "paused": ("neutral", "Paused"),
    "off": ("danger", "Switched off"),
}


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One endpoint.

    Attributes:
        state: its status, or "failing" where an active one takes nothing.
        is_active, may_resume: "yes" or "".
    """

    id: str = ""
    name: str = ""
    url: str = ""
    kinds: str = ""
    state: str = ""
    is_active: str = ""
    may_resume: str = ""
    result: str = ""
    waiting: str = ""
    given_up: str = ""
    last: Moment = field(default_factory=Moment)
    failing: Moment = field(default_factory=Moment)
    secret_made: Moment = field(default_factory=Moment)
    made: Moment = field(default_factory=Moment)


def webhook_row(one: WebhookView, *, now: datetime) -> WebhookRow:
    """Show one of them."""
    is_failing = one.status == "active" and one.failing_since is not None
    return WebhookRow(
        id=str(one.id),
        name=one.name,
        url=one.url,
        kinds=", ".join(KIND_NAMES[NoticeKind(kind)] for kind in one.kinds.split()),
        state="failing" if is_failing else one.status,
        is_active="yes" if one.status == "active" else "",
        may_resume="yes" if one.status in {"paused", "off"} else "",
        result=one.last_result or "Not called yet",
        waiting=format.count(one.waiting),
        given_up=format.count(one.given_up),
        last=format.moment(one.last_at, now=now),
        failing=format.moment(one.failing_since, now=now),
        secret_made=format.moment(one.secret_at, now=now),
        made=format.moment(one.created_at, now=now),
    )
