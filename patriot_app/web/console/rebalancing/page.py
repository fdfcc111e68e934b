"""Rebalancing: what the next one would do, those so far, and shares in a client's place."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.rebalancing.rows import RUNS, STEPS
from patriot_app.web.console.rebalancing.state import DeskAllocationState, RebalancingState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    card,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    exact_time,
    layout,
    listing,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.allocation_editor import (
    account_choice,
    account_search,
    allocation_editor,
)
from patriot_app.web.shell import console_page

PLANNED = [
    Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
    Column("Would become", lambda row: status_badge(row.state, STEPS)),
    Column("What", lambda row: row.outcome),
    Column("Asked for", lambda row: row.due),
]
STEP_COLUMNS = [
    Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
    Column("State", lambda row: status_badge(row.state, STEPS)),
    Column("What", lambda row: row.outcome),
]
COLUMNS = [
    Column("Began", lambda row: time_cell(row.began), "started_at", phone="title"),
    Column("For", lambda row: row.due, "due_at"),
    Column("Why", lambda row: two_lines(row.why, row.reason)),
    Column("State", lambda row: status_badge(row.state, RUNS)),
    Column("Result", lambda row: row.result),
]
FILTERS = [
    Filter("trigger", "Any reason", [("schedule", "On schedule"), ("person", "By hand")]),
    Filter("state", "Any state", [("running", "Under way"), ("done", "Done")]),
]


@console_page(
    routes.REBALANCING,
    title="Rebalancing",
    on_load=RebalancingState.load,
    topics="strategies",
)
def rebalancing_page() -> rx.Component:
    """Return the page."""
    state: Any = RebalancingState
    return layout(
        "stack",
        page_head(
            "Rebalancing",
            hint="Gives accounts the shares that were asked for. New positions are sized by them;"
            " no order is sent, and what is open stays until its strategy closes it.",
            actions=[
                button("Export CSV", icon="download", on_click=state.export),
                button(
                    "Rebalance now",
                    icon="play",
                    on_click=state.ask_run,
                    disabled_reason=state.blocked,
                ),
            ],
        ),
        _next(state),
        listing(
            state,
            label="Rebalancings",
            columns=COLUMNS,
            placeholder="Reason",
            filters=FILTERS,
            empty=empty_state(
                title="Nothing was rebalanced yet",
                body="The first one runs at its time by itself.",
                icon="chart-pie",
            ),
            test_id="rebalancings-table",
        ),
        _shares(),
        _drawer(state),
        confirm_dialog(
            open=state.ask.act == "rebalance",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            on_confirm=state.begin_run,
            errors=state.errors,
            intent="primary",
        ),
    )


def _next(state: Any) -> rx.Component:
    return card(
        rx.el.p("Next at ", rx.el.strong(exact_time(state.next_at)), ". ", state.words),
        data_table(
            label="What the next rebalancing would do",
            columns=PLANNED,
            rows=state.planned,
            loading=state.loading,
            empty=empty_state(title="Nothing to do", body="No change waits, and positions fit."),
            test_id="planned-table",
        ),
        title="What the next one would do",
        hint="Reckoned by the code that does it; limits and rules are checked anew when it runs.",
        actions=[button("Export CSV", icon="download", on_click=state.export_planned)],
    )


def _shares() -> rx.Component:
    state: Any = DeskAllocationState
    return card(
        account_search(state),
        shown_if(
            state.choices.length() > 0,
            account_choice(state),
            allocation_editor(state, needs_reason=True),
        ),
        shown_if(
            (state.words != "") & (state.choices.length() == 0),
            empty_state(title="No account matches", body="It may follow no strategy yet."),
        ),
        title="Ask for other shares in a client's place",
    )


def _drawer(state: Any) -> rx.Component:
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=state.run.due,
        subtitle=state.run.result,
        status=status_badge(state.run.state, RUNS),
        sections=[
            (
                "Run",
                description_list(
                    [
                        ("Began", time_cell(state.run.began)),
                        ("Why", state.run.why),
                        ("Reason", state.run.reason),
                    ]
                ),
            ),
            (
                "Accounts",
                data_table(
                    label="Accounts of the run",
                    columns=STEP_COLUMNS,
                    rows=state.steps,
                    empty=empty_state(title="There was nothing to do"),
                ),
            ),
        ],
        actions=[],
    )
