"""Strategies: the catalogue put to use, its versions, and what runs on which accounts."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.strategies.deploy import DeployState
from patriot_app.web.console.strategies.dialogs import strategy_dialogs
from patriot_app.web.console.strategies.drawers import deployment_drawer, strategy_drawer
from patriot_app.web.console.strategies.rows import STATUSES
from patriot_app.web.console.strategies.state import StrategiesState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    badge,
    button,
    data_table,
    empty_state,
    layout,
    listing,
    money_cell,
    page_head,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.shell import console_page

STRATEGIES = [
    Column("Strategy", lambda row: two_lines(row.name, row.kind_label), phone="title"),
    Column("Version", lambda row: row.version),
    Column("State", lambda row: _halted(row)),
    Column("Running", lambda row: amount_cell(row.running), align="end"),
    Column("Accounts", lambda row: amount_cell(row.accounts), align="end"),
    Column("", lambda row: _deploy(row), align="end"),
]
FILTERS = [
    Filter("status", "Any status", [(value, text) for value, (_, text) in STATUSES.items()]),
]
COLUMNS = [
    Column("Deployment", lambda row: two_lines(row.name, row.symbols), "name", phone="title"),
    Column("Strategy", lambda row: two_lines(row.strategy, row.version), "strategy"),
    Column("Status", lambda row: status_badge(row.status, STATUSES), "status"),
    Column("Accounts", lambda row: amount_cell(row.accounts), "accounts", align="end"),
    Column("Allotted", lambda row: money_cell(row.allotted), "allotted", align="end"),
    Column("Positions", lambda row: amount_cell(row.positions), align="end", phone="hide"),
    Column("Open profit", lambda row: money_cell(row.unrealised), "unrealised_pnl", align="end"),
    Column("Signals", lambda row: amount_cell(row.signals), align="end", phone="hide"),
    Column("Last signal", lambda row: time_cell(row.last_signal), "last_signal_at", align="end"),
]


@console_page(
    routes.STRATEGIES,
    title="Strategies",
    on_load=StrategiesState.load,
    dialogs=(DeployState,),
    topics="strategies signals positions equity halts",
)
def strategies_page() -> rx.Component:
    """Return the page."""
    state: Any = StrategiesState
    return layout(
        "stack",
        page_head(
            "Strategies",
            hint="What decides, with which settings, on whose accounts.",
            actions=[
                button("Many at once", icon="list-checks", href=f"{routes.BULK}?kind=deployments"),
                button(
                    "New strategy",
                    icon="plus",
                    intent="primary",
                    on_click=state.open_create,
                    disabled_reason=state.blocked,
                ),
            ],
        ),
        _strategies(),
        rx.el.h2("Deployments"),
        listing(
            state,
            label="Deployments",
            columns=COLUMNS,
            placeholder="Deployment, strategy or id",
            filters=FILTERS,
            empty=empty_state(
                title="Nothing is deployed",
                body="Deploy a strategy to accounts; it trades from the next bar on.",
                icon="rocket",
            ),
            test_id="deployments-table",
        ),
        deployment_drawer(),
        strategy_drawer(),
        strategy_dialogs(),
    )


def _strategies() -> rx.Component:
    state: Any = StrategiesState
    return data_table(
        label="Strategies",
        columns=STRATEGIES,
        rows=state.strategies,
        on_row_click=state.open_row,
        open_id=state.open_id,
        loading=state.loading,
        empty=empty_state(
            title="No strategies yet",
            body="Take one from the catalogue, set it up, and deploy it to accounts.",
            icon="workflow",
        ),
        test_id="strategies-table",
    )


def _halted(row: Any) -> rx.Component:
    return rx.cond(
        row.is_halted, badge("Halted", tone="danger"), badge("May trade", tone="neutral")
    )


def _deploy(row: Any) -> rx.Component:
    return button(
        "Deploy",
        icon="rocket",
        on_click=DeployState.open(row.id).stop_propagation,
        disabled_reason=StrategiesState.blocked_deploy,
    )
