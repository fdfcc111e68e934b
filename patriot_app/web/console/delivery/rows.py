"""The lines of the delivery ledger, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.notification_preferences import NoticeKind
from patriot_app.core.queries.deliveries import Delivery
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts.notices import KIND_NAMES
from patriot_app.web.theme import Tone

STATES: dict[str, tuple[Tone, str]] = {
    "waiting": ("info", "Waits"),
    "held": ("neutral", "Held for quiet hours or digest"),
    "sending": ("info", "On its way"),
    "retrying": ("warning", "Tried again"),
    "sent": ("positive", "Sent"),
    "bundled": ("positive", "Sent with others"),
    "unsure": ("warning", "May have arrived"),
    "given_up": ("danger", "Given up"),
}
CHANNELS = {"telegram": "Telegram", "email": "E-mail", "webhook": "Webhook"}


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One message on its way.

    Attributes:
        can_retry: "yes" or "".
    """

    id: str = ""
    who: str = ""
    channel: str = ""
    kind: str = ""
    title: str = ""
    state: str = ""
    attempts: str = ""
    error: str = ""
    can_retry: str = ""
    at: Moment = field(default_factory=Moment)
    ended: Moment = field(default_factory=Moment)


def delivery_row(one: Delivery, *, now: datetime) -> DeliveryRow:
    """Show one of them."""
    can_retry = one.state == "given_up" and not one.is_secret
    return DeliveryRow(
        id=str(one.id),
        who=one.name or "Not a user",
        channel=CHANNELS.get(one.channel, one.channel),
        kind=KIND_NAMES[NoticeKind(one.kind)],
        title=one.title,
        state=one.state,
        attempts=str(one.attempts),
        error=one.error,
        can_retry="yes" if can_retry else "",
        at=format.moment(one.created_at, now=now),
        ended=format.moment(one.ended_at, now=now),
    )
