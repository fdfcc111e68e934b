"""What happened to one object, as a drawer's last section shows it."""

import re
from collections.abc import Sequence
from datetime import datetime

from patriot_app.core.queries.events import EventView
from patriot_app.web import format
from patriot_app.web.kit import TimelineEntry

SEVERITY_TONE = {"info": "neutral", "warning": "warning", "notice": "info", "critical": "danger"}


def timeline_entries(events: Sequence[EventView], *, now: datetime) -> list[TimelineEntry]:
    """Show events, newest first, with what was given as a reason."""
    return [
        TimelineEntry(
            id=str(event.id),
            title=sentence(event.type),
            detail=_detail(event),
            tone=SEVERITY_TONE.get(event.severity, "neutral"),
            at=format.moment(event.recorded_at, now=now),
        )
        for event in events
    ]


def sentence(event_type: str) -> str:
    """Return "OrderDenied" as "Order denied"."""
    return format.label(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event_type))


def _detail(event: EventView) -> str:
    reason = event.payload.get("reason") or event.payload.get("reasons") or ""
    text = " ".join(reason) if isinstance(reason, list) else str(reason)
    return " · ".join(part for part in (event.actor, event.surface, text) if part)
