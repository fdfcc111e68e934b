"""Incidents in words: for the table, the drawer and the file that is kept."""

from dataclasses import dataclass, field
from datetime import UTC, datetime

from patriot_app.core.queries.incidents import (
    ContactView,
    Effect,
    IncidentRecord,
    IncidentView,
    PagedPerson,
    Step,
)
from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.kit.status_badge import Statuses
from patriot_app.web.parts.history import SEVERITY_TONE, sentence

KINDS = {
    "halt": "Kill switch",
    "unprotected": "Position unprotected",
    "parked": "Account parked",
    "cold_mode": "Cold mode",
    "not_trading": "Not trading",
    "key_lost": "Key does not work",
    "maintenance": "Exchange maintenance",
}
STATES: Statuses = {
    "open": ("danger", "Open"),
    "mitigated": ("warning", "Mitigated"),
    "closed": ("neutral", "Closed"),
}
NOBODY = "Nobody yet"


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident; `can_` say which acts its state offers."""

    id: str = ""
    title: str = ""
    kind: str = ""
    state: str = ""
    detail: str = ""
    opened: Moment = field(default_factory=Moment)
    lasted: str = ""
    taken: str = ""
    ended: str = ""
    root_cause: str = ""
    follow_ups: str = ""
    effect: str = ""
    woken: str = ""
    can_acknowledge: bool = False
    can_write: bool = False
    can_close: bool = False


@dataclass(frozen=True, slots=True)
class ContactRow:
    """Somebody to be woken."""

    id: str = ""
    name: str = ""
    address: str = ""
    level: str = ""
    hours: str = ""
    hours_from: str = "00:00"
    hours_to: str = "00:00"


def incident_row(incident: IncidentView, *, now: datetime) -> IncidentRow:
    """Show one incident."""
    ends = incident.mitigated_at or incident.closed_at
    lasted = _span(((ends or now) - incident.opened_at).total_seconds())
    taken = incident.acknowledged_by or "The desk"
    return IncidentRow(
        id=str(incident.id),
        title=incident.title,
        kind=KINDS.get(incident.kind, incident.kind),
        state=incident.state,
        detail=incident.detail,
        opened=format.moment(incident.opened_at, now=now),
        lasted=lasted if ends else f"{lasted} so far",
        taken=taken if incident.acknowledged_at else NOBODY,
        ended=f"{_time(incident.closed_at)}, {incident.closed_by}" if incident.closed_at else "",
        root_cause=incident.root_cause or "Not written yet",
        follow_ups=incident.follow_ups or "None written yet",
        can_acknowledge=incident.state != "closed" and incident.acknowledged_at is None,
        can_write=incident.state != "closed",
        can_close=incident.state == "mitigated",
    )


def contact_row(contact: ContactView) -> ContactRow:
    """Show one contact."""
    start, end = f"{contact.hours_from:%H:%M}", f"{contact.hours_to:%H:%M}"
    return ContactRow(
        id=str(contact.id),
        name=contact.name,
        address=contact.address,
        level=str(contact.level),
        hours="Day and night" if start == end else f"{start} to {end} UTC",
        hours_from=start,
        hours_to=end,
    )


def effect_text(effect: Effect) -> str:
    """Say what an incident touched, from the record."""
    if not effect.accounts:
        return "No account is named in the record"
    parts = [
        format.plural(effect.accounts, "account"),
        format.plural(effect.exits, "exit sent", "exits sent"),
        format.plural(effect.cancels, "order cancelled", "orders cancelled"),
    ]
    if effect.money is not None:
        parts.append(f"{format.grouped(effect.money, places=2)} USDT realised after commission")
    return ", ".join(parts)


def woken_text(pages: tuple[PagedPerson, ...]) -> str:
    """Say who was woken, when, and whether the message left."""
    return "; ".join(_woken(one) for one in pages) or "Nobody was woken"


def steps(timeline: tuple[Step, ...], *, now: datetime) -> list[TimelineEntry]:
    """Return the timeline as the drawer shows it, newest first."""
    return [
        TimelineEntry(
            id=str(step.id),
            title=sentence(step.type),
            detail=_said(step),
            tone=SEVERITY_TONE.get(step.severity, "neutral"),
            at=format.moment(step.recorded_at, now=now),
        )
        for step in reversed(timeline)
    ]


def markdown(record: IncidentRecord, *, now: datetime) -> str:
    """Return the post-incident record as a file for people."""
    one, row = record.incident, incident_row(record.incident, now=now)
    lines = [
        f"# {one.title}",
        "",
        f"* What: {one.detail or KINDS.get(one.kind, one.kind)}",
        f"* State: {STATES[one.state][1].lower()}",
        f"* Opened: {_time(one.opened_at)}",
        f"* Mitigated: {_time(one.mitigated_at)}",
        f"* Closed: {row.ended or 'not yet'}",
        f"* Lasted: {row.lasted}",
        f"* Seen to by: {row.taken} {_time(one.acknowledged_at) if one.acknowledged_at else ''}",
        f"* Woken: {woken_text(record.pages)}",
        f"* Touched: {effect_text(record.effect)}",
        "",
        "## Root cause",
        "",
        row.root_cause,
        "",
        "## Follow-ups",
        "",
        row.follow_ups,
        "",
        "## Timeline",
        "",
        "| time, UTC | what | who | detail |",
        "|---|---|---|---|",
    ]
    for step in record.timeline:
        cells = (_time(step.recorded_at), sentence(step.type), step.actor, _payload(step))
        lines.append("| " + " | ".join(cell.replace("|", "/") for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _woken(one: PagedPerson) -> str:
    left = "sent" if one.sent_at else (one.error or "waits to be sent")
    return f"{one.name} (level {one.level}, {_time(one.paged_at)}, {left})"


def _said(step: Step) -> str:
    about = step.stream.removeprefix("account:") if step.stream.startswith("account:") else ""
    account = f"account {format.short_id(about)}" if about else ""
    return " · ".join(part for part in (step.actor, account, _payload(step)) if part)


def _payload(step: Step) -> str:
    told = {
        name: value
        for name, value in step.payload.items()
        if name in {"reason", "symbol", "level", "scope", "people", "done", "failed", "command"}
        and value not in ("", None, [])
    }
    shown = (f"{name} {_plain(value)}" for name, value in sorted(told.items()))
    return " ".join(", ".join(shown).split())


def _plain(value: object) -> str:
    return ", ".join(str(one) for one in value) if isinstance(value, list) else str(value)


def _time(at: datetime | None) -> str:
    return "not yet" if at is None else f"{at.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def _span(seconds: float) -> str:
    minutes, rest = divmod(max(0, int(seconds)), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
