"""The event log's lines, all text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.events import EventView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import TimelineEntry

SEVERITY_TONE = {"info": "neutral", "warning": "warning", "notice": "info", "critical": "danger"}


@dataclass(frozen=True, slots=True)
class ActivityRow:
    """One fact."""

    id: str = ""
    title: str = ""
    detail: str = ""
    severity: str = ""
    actor: str = ""
    surface: str = ""
    subject: str = ""
    stream: str = ""
    at: Moment = field(default_factory=Moment)


def activity_row(event: EventView, *, now: datetime) -> ActivityRow:
    """Show one event."""
    return ActivityRow(
        id=str(event.id),
        title=sentence(event.type),
        detail=", ".join(f"{name} {value}" for name, value in event.payload.items() if value),
        severity=event.severity,
        actor=event.actor,
        surface=event.surface,
        subject=str(event.subject_id) if event.subject_id else format.EMPTY,
        stream=event.stream,
        at=format.moment(event.recorded_at, now=now),
    )


def timeline_entries(events: Sequence[EventView], *, now: datetime) -> list[TimelineEntry]:
    """Show the history of one object."""
    return [
        TimelineEntry(
            id=str(event.id),
            title=sentence(event.type),
            detail=f"{event.actor} · {event.surface}",
            tone=SEVERITY_TONE.get(event.severity, "neutral"),
            at=format.moment(event.recorded_at, now=now),
        )
        for event in events
    ]


def sentence(event_type: str) -> str:
    """Return "OrderDenied" as "Order denied"."""
    return format.label(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event_type))
