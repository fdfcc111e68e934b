"""The event log: who did what, when, through which surface."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.events import schemas
from patriot_app.web import routes
from patriot_app.web.console.activity.state import ActivityState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    change_list,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    page_head,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.shell import console_page
from patriot_app.web.theme import Tone

SEVERITIES: dict[str, tuple[Tone, str]] = {
    "info": ("neutral", "Info"),
    "warning": ("warning", "Warning"),
    "notice": ("info", "Notice"),
    "critical": ("danger", "Critical"),
}
SURFACES = [
    (name, name.replace("_", " ").capitalize())
    for name in ("console", "portal", "sign_in", "daemon", "api", "bot", "cli")
]
AREAS = [(area, area.capitalize()) for area in schemas.AREAS]
FILTERS = [
    Filter("area", "Anything", AREAS),
    Filter("severity", "Any severity", [(key, text) for key, (_, text) in SEVERITIES.items()]),
    Filter("surface", "Any surface", SURFACES),
    Filter("refused", "Done or refused", [("yes", "Refused"), ("no", "Done")]),
    Filter("from", "From"),
    Filter("to", "to"),
]
COLUMNS = [
    Column("What", lambda row: two_lines(row.title, row.detail), "type", phone="title"),
    Column("Severity", lambda row: status_badge(row.severity, SEVERITIES), "severity"),
    Column("Who", lambda row: row.actor, "actor"),
    Column("Through", lambda row: row.surface),
    Column("When", lambda row: time_cell(row.at, in_utc=True), "recorded_at", align="end"),
]


@console_page(
    routes.ACTIVITY, title="Activity", on_load=ActivityState.load, topics="commands halts"
)
def activity_page() -> rx.Component:
    """Return the page."""
    state: Any = ActivityState
    return layout(
        "stack",
        page_head(
            "Activity",
            hint="Every change and every refusal with its author; the log can only grow.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        listing(
            state,
            label="Events",
            columns=COLUMNS,
            placeholder="Kind, person, id, request or address",
            filters=FILTERS,
            empty=empty_state(title="Nothing has happened yet"),
            test_id="activity-table",
            narrowed_to="the events by and about this person",
        ),
        _drawer(),
    )


def _drawer() -> rx.Component:
    state: Any = ActivityState
    event = state.event
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=event.title,
        subtitle=event.at.exact,
        status=status_badge(event.severity, SEVERITIES),
        sections=[
            ("What was told", change_list(state.facts)),
            (
                "Who and from where",
                description_list(
                    [
                        ("Who", event.actor),
                        ("Through", event.surface),
                        ("Address", event.ip),
                        ("Session", event.session),
                        ("Request", event.request, event.request),
                        ("Object", event.subject, event.subject),
                        ("Stream", event.stream),
                    ]
                ),
            ),
            ("All that the request caused", timeline(state.request)),
            ("History of the object", timeline(state.history)),
        ],
    )
