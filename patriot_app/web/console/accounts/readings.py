"""Readings of an account that somebody asked for: what each read, found and changed."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.accounts.rows import RUN_STATES
from patriot_app.web.console.accounts.state import AccountsState
from patriot_app.web.kit import (
    Column,
    button,
    data_table,
    empty_state,
    layout,
    status_badge,
    time_cell,
    two_lines,
)

RUNS = [
    Column("Reading", lambda row: two_lines(row.kind, row.by), phone="title"),
    Column("State", lambda row: status_badge(row.state, RUN_STATES)),
    Column("Found", lambda row: two_lines(row.found, row.read)),
    Column("Took", lambda row: row.duration, align="end"),
    Column("Started", lambda row: time_cell(row.at), align="end"),
]


def readings() -> rx.Component:
    """Return the list with the ways to ask for one more."""
    state: Any = AccountsState
    return layout(
        "stack-small",
        layout(
            "cluster",
            button(
                "Sync now",
                icon="refresh-cw",
                on_click=state.sync("incremental"),
                disabled_reason=state.blocked,
            ),
            button(
                "Full sync",
                intent="quiet",
                on_click=state.sync("full"),
                disabled_reason=state.blocked,
            ),
            button(
                "Differences",
                intent="quiet",
                href=f"{routes.RECONCILIATION}?account_id={state.account.id}",
            ),
        ),
        data_table(
            label="Readings that somebody asked for",
            columns=RUNS,
            rows=state.runs,
            empty=empty_state(
                title="Nobody asked for one yet",
                body="The account is read by itself all the time; this is for doubts.",
            ),
            test_id="sync-runs",
        ),
    )
