"""What happened to one object, as a drawer's last section shows it."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from patriot_app.core.domain.events import schemas
from patriot_app.core.queries.events import EventView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import TimelineEntry

_PADDED = re.compile(r"-?\d+\.\d{8,}")
"""A number as PostgreSQL writes it, with all its places."""
SEVERITY_TONE = {"info": "neutral", "warning": "warning", "notice": "info", "critical": "danger"}


def timeline_entries(events: Sequence[EventView], *, now: datetime) -> list[TimelineEntry]:
    """Show events, newest first, with what was changed and what was given as a reason."""
    return [
        TimelineEntry(
            id=str(event.id),
            title=sentence(event.type),
            detail=_detail(event),
            tone=SEVERITY_TONE.get(event.severity, "neutral"),
            at=moment_of(event, now=now),
        )
        for event in events
    ]


def moment_of(event: EventView, *, now: datetime) -> Moment:
    """Return when it was recorded."""
    return format.moment(event.recorded_at, now=now)


def sentence(event_type: str) -> str:
    """Return "OrderDenied" as "Order denied"."""
    return format.label(re.sub(r"(?<=[a-z])(?=[A-Z])", " ", event_type))


def told(value: Any) -> str:
    """Return a value of a payload as text."""
    if value is None or value == "":
        return format.EMPTY
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list):
        return ", ".join(str(item) for item in value) or format.EMPTY
    if isinstance(value, dict):
        return ", ".join(f"{name} {item}" for name, item in value.items()) or format.EMPTY
    shown = str(value)
    return shown.rstrip("0").rstrip(".") if _PADDED.fullmatch(shown) else shown


def changed(event: EventView) -> list[tuple[str, str, str]]:
    """Return (what, before, after) of what a fact changed."""
    return [
        (format.label(name.replace("_", " ")), told(before), told(after))
        for name, before, after in schemas.changes(event.payload)
    ]


def _detail(event: EventView) -> str:
    return " · ".join(part for part in (event.actor, event.surface, told_of(event)) if part)


def told_of(event: EventView) -> str:
    """Return what an event changed and what was given as a reason."""
    changes = [f"{before} → {after}" for _, before, after in changed(event)]
    words = (event.payload.get(name) for name in ("reason", "reasons", "justification"))
    reason = next((one for one in words if one), "")
    text = " ".join(reason) if isinstance(reason, list) else str(reason)
    return " · ".join(part for part in (*changes, text) if part)
