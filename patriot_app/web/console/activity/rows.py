"""The event log's lines, all text."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.queries.events import EventView
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.parts import history

BRIEF_FACTS = 4


@dataclass(frozen=True, slots=True)
class Fact:
    """One field of an event; `before` is "" where nothing was changed."""

    name: str = ""
    before: str = ""
    value: str = ""


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
    request: str = ""
    ip: str = ""
    session: str = ""
    at: Moment = field(default_factory=Moment)


def activity_row(event: EventView, *, now: datetime) -> ActivityRow:
    """Show one event."""
    changes = [f"{before} → {after}" for _, before, after in history.changed(event)]
    reason = history.told(event.payload.get("reason") or event.payload.get("reasons"))
    parts = [*changes, reason if reason != format.EMPTY else ""]
    if not any(parts):
        parts = _brief(event)
    return ActivityRow(
        id=str(event.id),
        title=history.sentence(event.type),
        detail=" · ".join(part for part in parts if part),
        severity=event.severity,
        actor=event.actor,
        surface=event.surface,
        subject=str(event.subject_id) if event.subject_id else format.EMPTY,
        stream=f"{event.stream}, number {event.sequence}",
        request=event.request or "None: the desk acted by itself",
        ip=event.ip or format.EMPTY,
        session=event.session or format.EMPTY,
        at=history.moment_of(event, now=now),
    )


def _brief(event: EventView) -> list[str]:
    """Return the first facts of an event that are no ids."""
    told = [
        history.told(value)
        for name, value in event.payload.items()
        if value not in (None, "", []) and not name.endswith("_id")
    ]
    return told[:BRIEF_FACTS]


def facts(event: EventView) -> list[Fact]:
    """Show what an event holds, its changes first."""
    changes = history.changed(event)
    hidden = {"previous", "before"} | {name for name in event.payload if name.endswith("_before")}
    changed = {name for name, _, _ in changes}
    plain = [
        Fact(name=label, value=history.told(value))
        for name, value in event.payload.items()
        if name not in hidden and (label := format.label(name.replace("_", " "))) not in changed
    ]
    return [Fact(name, before, after) for name, before, after in changes] + plain
