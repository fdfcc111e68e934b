"""The event log: who did what, when, through which surface."""

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.activity.state import ActivityState
from patriot_app.web.kit import (
    Column,
    Filter,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    page_head,
    status_badge,
    time_cell,
    timeline,
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
    (name, name.capitalize()) for name in ("console", "portal", "daemon", "api", "bot", "cli")
]
FILTERS = [
    Filter("severity", "Any severity", [(key, text) for key, (_, text) in SEVERITIES.items()]),
    Filter("surface", "Any surface", SURFACES),
]
COLUMNS = [
    Column("What", lambda row: row.title, "type", phone="title"),
    Column("Severity", lambda row: status_badge(row.severity, SEVERITIES), "severity"),
    Column("Who", lambda row: row.actor, "actor"),
    Column("Through", lambda row: row.surface),
    Column("When", lambda row: time_cell(row.at), "recorded_at", align="end"),
]


@console_page(
    routes.ACTIVITY, title="Activity", on_load=ActivityState.load, topics="commands halts"
)
def activity_page() -> rx.Component:
    """Return the page."""
    state = ActivityState
    return layout(
        "stack",
        page_head("Activity", hint="Every change with its author; the log can only grow."),
        listing(
            state,
            label="Events",
            columns=COLUMNS,
            placeholder="Type, person or id",
            filters=FILTERS,
            empty=empty_state(title="Nothing has happened yet"),
            test_id="activity-table",
        ),
        _drawer(),
    )


def _drawer() -> rx.Component:
    event = ActivityState.event
    return detail_drawer(
        open=ActivityState.open_id != "",
        on_close=ActivityState.close_row,
        title=event.title,
        subtitle=event.at.exact,
        status=status_badge(event.severity, SEVERITIES),
        sections=[
            (
                "Facts",
                description_list(
                    [
                        ("Who", event.actor),
                        ("Through", event.surface),
                        ("Object", event.subject, event.subject),
                        ("Stream", event.stream),
                        ("Details", event.detail),
                    ]
                ),
            ),
            ("History of the object", timeline(ActivityState.history)),
        ],
    )
