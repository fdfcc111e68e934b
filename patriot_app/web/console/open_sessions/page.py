"""Sessions: who is signed in where."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.open_sessions.state import TOPICS, OpenSessionsState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    confirm_dialog,
    empty_state,
    layout,
    listing,
    page_head,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

FILTERS = [Filter("who", "Anybody", [("staff", "Staff"), ("customers", "Customers")])]
COLUMNS = [
    Column("Who", lambda row: two_lines(row.name, row.roles), "name", phone="title"),
    Column("Device", lambda row: two_lines(row.device, row.address)),
    Column("Since", lambda row: time_cell(row.started), "created_at", align="end"),
    Column("Last seen", lambda row: time_cell(row.seen), "last_seen_at", align="end"),
    Column("Ends", lambda row: time_cell(row.ends), align="end", phone="hide"),
    Column(
        "",
        lambda row: button("Put out", on_click=OpenSessionsState.ask_end(row.user_id, row.name)),
        align="end",
    ),
]


@console_page(routes.SESSIONS, title="Sessions", on_load=OpenSessionsState.load, topics=TOPICS)
def open_sessions_page() -> rx.Component:
    """Return the page."""
    state: Any = OpenSessionsState
    return layout(
        "stack",
        page_head(
            "Sessions",
            hint="Every browser in which somebody is signed in now.",
            actions=[
                button("Sign-ins", href=routes.SIGN_INS),
                button("API keys", href=routes.PROGRAM_KEYS),
            ],
        ),
        listing(
            state,
            label="Sessions",
            columns=COLUMNS,
            placeholder="Name or address",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(title="Nobody is signed in", icon="monitor-smartphone"),
            test_id="sessions-table",
        ),
        confirm_dialog(
            open=state.ask.act == "end",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.end,
            intent="danger",
        ),
    )
