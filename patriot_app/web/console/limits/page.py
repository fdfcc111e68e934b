"""Limits: what each exchange still allows from each of our addresses."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.limits.rows import STATES
from patriot_app.web.console.limits.state import TOPICS, LimitsState
from patriot_app.web.console.limits.window_section import maintenance_section
from patriot_app.web.console.limits.window_state import TOPICS as WINDOW_TOPICS
from patriot_app.web.console.limits.window_state import MaintenanceState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    empty_state,
    layout,
    listing,
    money_cell,
    page_head,
    stat_card,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("exchange", "Any exchange", list(EXCHANGES.items())),
    Filter("silent", "Silent or not", [("yes", "Must be silent"), ("no", "May be used")]),
]
COLUMNS = [
    Column("Address", lambda row: two_lines(row.address, row.exchange), "address", phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Used", lambda row: money_cell(row.used), "used", align="end"),
    Column("Kept", lambda row: row.shares, phone="hide"),
    Column("Waiting", lambda row: row.waiting),
    Column("Silence", lambda row: amount_cell(row.silent), "silent_s", align="end"),
    Column("Accounts", lambda row: money_cell(row.accounts), "accounts", align="end"),
    Column("Read afresh", lambda row: money_cell(row.reading), phone="hide"),
    Column("Streams", lambda row: money_cell(row.connections), "connections", align="end"),
    Column("Opened in 5 min", lambda row: money_cell(row.opened), align="end"),
    Column("Orders of one account", lambda row: row.risk),
    Column("Fan-out", lambda row: amount_cell(row.fan_out), "fan_out_s", align="end"),
    Column("Told", lambda row: time_cell(row.told), "beat_at", align="end"),
]


@console_page(
    routes.LIMITS,
    title="Limits",
    on_load=LimitsState.load,
    dialogs=(MaintenanceState,),
    topics=f"{TOPICS} {WINDOW_TOPICS}",
)
def limits_page() -> rx.Component:
    """Return the page."""
    state: Any = LimitsState
    shown = state.totals
    figures = [
        ("Addresses", shown.addresses, shown.accounts),
        ("Fullest budget", shown.used, "of what the exchange allows"),
        ("Silent", shown.silent, "told so by their exchange"),
        ("Waiting", shown.waiting, "requests, all lanes"),
        ("Next fan-out", shown.fan_out, "until the limits let its last entry leave"),
    ]
    return layout(
        "stack",
        page_head(
            "Limits",
            hint="Exits and stops go first, then look-ups of unknown orders, take-overs, entries, background.",
            actions=[button("Export CSV", icon="download", on_click=state.export)],
        ),
        layout(
            "stats",
            *[
                stat_card(label=label, value=value, hint=hint, loading=state.loading)
                for label, value, hint in figures
            ],
        ),
        listing(
            state,
            label="Addresses",
            columns=COLUMNS,
            placeholder="Address or process",
            filters=FILTERS,
            has_drawer=False,
            empty=empty_state(
                title="No daemon has told of its limits",
                body="A trader does so every two seconds once it has accounts.",
                icon="gauge",
            ),
            test_id="limits-table",
        ),
        maintenance_section(),
    )
