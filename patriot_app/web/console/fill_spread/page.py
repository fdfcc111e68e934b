"""Spread of fills: the same signal, what the best, the median and the worst account got."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.fill_spread.state import FillSpreadState
from patriot_app.web.kit import (
    Column,
    amount_cell,
    button,
    empty_state,
    layout,
    listing,
    page_head,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.signals import ACTIONS
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Signal", lambda row: two_lines(row.symbol, row.strategy), "symbol", phone="title"),
    Column("Action", lambda row: status_badge(row.action, ACTIONS)),
    Column("Filled", lambda row: amount_cell(row.accounts), align="end"),
    Column("Signal price", lambda row: amount_cell(row.reference), align="end"),
    Column("Best", lambda row: two_lines(row.best, row.best_price), align="end"),
    Column("Median", lambda row: two_lines(row.median, row.median_price), align="end"),
    Column("Worst", lambda row: two_lines(row.worst, row.worst_price), align="end"),
    Column("Spread", lambda row: amount_cell(row.spread), align="end"),
    Column("Recorded", lambda row: time_cell(row.at), "created_at", align="end"),
]


@console_page(
    routes.FILL_SPREAD,
    title="Spread of fills",
    on_load=FillSpreadState.load,
    topics="fan_outs signals",
)
def fill_spread_page() -> rx.Component:
    """Return the page."""
    state: Any = FillSpreadState
    return layout(
        "stack",
        page_head(
            "Spread of fills",
            hint="Basis points paid above the signal's price, account by account; a minus is"
            " better than the signal. A click opens the accounts.",
            actions=[
                button("Performance", href=routes.PERFORMANCE),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        listing(
            state,
            label="Signals",
            columns=COLUMNS,
            placeholder="Strategy or symbol",
            on_row_click=state.open_grid,
            has_drawer=False,
            empty=empty_state(
                title="No signal yet", body="A running deployment decides at each closed bar."
            ),
            test_id="spread-table",
        ),
    )
