"""Stress tests as a section of the Risk page."""

from typing import Any

import reflex as rx

from patriot_app.web.console.risk.stress_state import StressState
from patriot_app.web.kit import (
    Column,
    Field,
    amount_cell,
    button,
    card,
    data_table,
    form_dialog,
    layout,
    money_cell,
    notice,
    shown_if,
    two_lines,
)

COLUMNS = [
    Column("Shock", lambda row: two_lines(row.label, row.shock), phone="title"),
    Column("Loss of the desk", lambda row: money_cell(row.loss), align="end"),
    Column("Positions that lose", lambda row: amount_cell(row.positions), align="end"),
    Column("Survive", lambda row: row.survival, align="end"),
]
FIELDS = [
    Field(
        "market_crash",
        "Prices fall by",
        "number",
        unit="%",
        value="30",
        hint="Up to 100; below zero they rise",
    ),
    Field(
        "volatility_spike",
        "Each moves against its holder by",
        "number",
        unit="deviations",
        value="5",
        hint="Of its own day, up to 20",
    ),
    Field(
        "correlation_breakdown",
        "Hedges fail: each moves against its holder by",
        "number",
        unit="%",
        value="15",
        hint="Up to 100",
    ),
]


def stress_section() -> rx.Component:
    """Return the section with its form."""
    state: Any = StressState
    return rx.fragment(
        card(
            shown_if(state.own.length() > 0, _own()),
            data_table(
                label="Stress tests", columns=COLUMNS, rows=state.stresses, test_id="stress-table"
            ),
            title="Stress",
            actions=[
                shown_if(
                    state.own.length() > 0,
                    button("Take own shocks off", intent="quiet", on_click=state.forget_own),
                ),
                button("Own shocks", icon="zap", on_click=state.open_own),
                button("Export CSV", icon="download", on_click=state.export),
            ],
            hint="What shocks would do to the positions held now",
            flush=True,
        ),
        form_dialog(
            open=state.form == "stress",
            on_close=state.dismiss,
            title="Own shocks",
            hint="Nothing is traded. An empty field leaves its shock out; of several you see each"
            " alone and all at once.",
            fields=FIELDS,
            on_submit=state.run_own,
            errors=state.errors,
            submit_label="Run",
        ),
    )


def _own() -> rx.Component:
    state: Any = StressState
    return layout(
        "stack-small",
        layout("inset", notice("Own shocks: " + state.own_text + ".")),
        data_table(label="Own shocks", columns=COLUMNS, rows=state.own, test_id="own-stress-table"),
    )
