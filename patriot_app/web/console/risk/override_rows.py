"""Overrides that stand in for an account's limits, and what happened to its limits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.risk_limits import LimitScope
from patriot_app.core.queries.events import EventView
from patriot_app.core.queries.risk import LimitView
from patriot_app.web.console.risk.rows import in_words, label_of, until_text, value_of
from patriot_app.web.format import Figure
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.history import moment_of

LIMIT_EVENTS = ("LimitSet", "LimitOverridden", "LimitOverrideEnded")


@dataclass(frozen=True, slots=True)
class OverrideRow:
    """One override in force."""

    id: str
    label: str
    whose: str
    value: Figure
    left: str
    reason: str


def override_rows(
    limits: Sequence[LimitView], *, account_id: UUID, client_id: UUID, now: datetime
) -> list[OverrideRow]:
    """Show the overrides that reach an account: its own, its client's and the desk's."""
    reaching = {
        (LimitScope.ACCOUNT.value, str(account_id)),
        (LimitScope.CLIENT.value, str(client_id)),
    }
    return [
        OverrideRow(
            id=str(one.id),
            label=label_of(one.name),
            whose=one.subject or "The whole desk",
            value=value_of(one.name, one.value),
            left=until_text(one.expires_at, now),
            reason=f"{one.set_by}: {one.reason}",
        )
        for one in limits
        if one.is_override
        and one.expires_at is not None
        and (one.scope == LimitScope.DESK or (one.scope, one.scope_id) in reaching)
    ]


def limit_entries(events: Sequence[EventView], *, now: datetime) -> list[TimelineEntry]:
    """Show what was set, overridden and ended, with its figures and its reason."""
    return [
        TimelineEntry(
            id=str(event.id),
            title=_title(event),
            detail=" · ".join(
                part for part in (event.actor, str(event.payload.get("reason", ""))) if part
            ),
            tone="warning" if event.type == "LimitOverridden" else "neutral",
            at=moment_of(event, now=now),
        )
        for event in events
    ]


def _title(event: EventView) -> str:
    told = event.payload
    label = label_of(told["name"])
    value = None if told["value"] is None else Decimal(told["value"])
    words = "cleared" if value is None else in_words(told["name"], value)
    if event.type == "LimitOverridden":
        ends = datetime.fromisoformat(told["expires_at"])
        return f"{label} overridden: {words} until {ends:%Y-%m-%d %H:%M} UTC"
    if event.type == "LimitOverrideEnded":
        return f"Override of {label} over: it was {words}"
    previous = told.get("previous")
    before = "" if previous is None else f", before {in_words(told['name'], Decimal(previous))}"
    return f"{label}: {words}{before}"
