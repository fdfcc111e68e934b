"""One deployment, and one strategy with its versions."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.strategies.deploy import DeployState
from patriot_app.web.console.strategies.rows import STATUSES
from patriot_app.web.console.strategies.state import StrategiesState
from patriot_app.web.kit import (
    Column,
    amount_cell,
    badge,
    button,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    money_cell,
    notice,
    shown_if,
    stat_card,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)

ALLOCATIONS = [
    Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
    Column("Symbol", lambda row: row.symbol),
    Column("Share", lambda row: money_cell(row.share), align="end"),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
    Column("Holds", lambda row: amount_cell(row.quantity), align="end"),
]
VERSIONS = [
    Column("Version", lambda row: two_lines(row.title, row.changes), phone="title"),
    Column("Runs", lambda row: amount_cell(row.running), align="end"),
    Column("By", lambda row: row.by, align="end", phone="hide"),
    Column("Written", lambda row: time_cell(row.at), align="end"),
]


def deployment_drawer() -> rx.Component:
    """Return the drawer of the open deployment."""
    state: Any = StrategiesState
    row: Any = StrategiesState.deployment
    return detail_drawer(
        open=state.opened == "deployment",
        on_close=state.close_row,
        title=row.name,
        subtitle=rx.cond(row.strategy != "", f"{row.strategy} · {row.version}", ""),
        status=status_badge(row.status, STATUSES),
        sections=[
            ("Now", _now()),
            (
                "Accounts",
                data_table(
                    label="Accounts of the deployment",
                    columns=ALLOCATIONS,
                    rows=state.allocations,
                    empty=empty_state(title="It holds no accounts"),
                ),
            ),
            ("Settings of the newest version", _settings()),
            ("History", timeline(state.history)),
        ],
        actions=[
            _act("Start", "start", "draft", icon="play", is_primary=True),
            _act("Pause", "pause", "running", icon="pause"),
            _act("Resume", "resume", "paused", icon="play", is_primary=True),
            shown_if(
                row.status != "stopped",
                button(
                    "Switch version",
                    icon="git-branch",
                    on_click=state.open_switch,
                    disabled_reason=state.blocked_deploy,
                ),
                button(
                    "Stop",
                    intent="danger",
                    on_click=state.ask_stop(False),
                    disabled_reason=state.blocked_deploy,
                ),
                button(
                    "Stop and close",
                    intent="danger",
                    icon="octagon-x",
                    on_click=state.ask_stop(True),
                    disabled_reason=state.blocked_deploy,
                ),
            ),
        ],
    )


def strategy_drawer() -> rx.Component:
    """Return the drawer of the open strategy."""
    state: Any = StrategiesState
    row: Any = StrategiesState.strategy
    return detail_drawer(
        open=state.opened == "strategy",
        on_close=state.close_row,
        title=row.name,
        subtitle=row.kind_label,
        status=badge(row.version, tone="accent"),
        sections=[
            ("Settings", _settings()),
            ("Versions", data_table(label="Versions", columns=VERSIONS, rows=state.versions)),
            ("History", timeline(state.history)),
        ],
        actions=[
            button(
                "Deploy",
                icon="rocket",
                intent="primary",
                on_click=DeployState.open(row.id),
                disabled_reason=state.blocked_deploy,
            ),
            button(
                "Change settings",
                icon="sliders-horizontal",
                on_click=state.open_version,
                disabled_reason=state.blocked,
            ),
            button("Its deployments", href=f"{routes.STRATEGIES}?strategy_id={row.id}"),
        ],
    )


def _act(label: str, act: str, status: str, *, icon: str, is_primary: bool = False) -> rx.Component:
    state: Any = StrategiesState
    return shown_if(
        state.deployment.status == status,
        button(
            label,
            icon=icon,
            intent="primary" if is_primary else "neutral",
            on_click=state.ask_act(act),
            disabled_reason=state.blocked_deploy,
        ),
    )


def _now() -> rx.Component:
    row: Any = StrategiesState.deployment
    return layout(
        "stack",
        shown_if((row.reason != "") & (row.status != "running"), notice(row.reason)),
        layout(
            "stats",
            stat_card(label="Accounts", value=row.accounts),
            stat_card(label="Allotted", value=row.allotted),
            stat_card(label="Open positions", value=row.positions),
            stat_card(label="Open profit", value=row.unrealised),
        ),
        description_list(
            [
                ("Candles of", row.exchange),
                ("Symbols", row.all_symbols),
                ("Signals so far", row.signals),
                ("Last signal", time_cell(row.last_signal)),
                ("State since", time_cell(row.changed)),
                ("Deployment id", rx.el.code(row.id), row.id),
            ]
        ),
        layout(
            "cluster",
            button("Signals", icon="radio-tower", href=f"{routes.SIGNALS}?deployment_id={row.id}"),
            button("Positions", icon="scale", href=f"{routes.POSITIONS}?deployment_id={row.id}"),
        ),
    )


def _settings() -> rx.Component:
    state: Any = StrategiesState
    columns = [
        Column("Setting", lambda row: two_lines(row.label, row.help), phone="title"),
        Column("Value", lambda row: amount_cell(row.value), align="end"),
    ]
    return layout(
        "stack-small",
        shown_if(state.strategy.description != "", rx.el.p(state.strategy.description)),
        data_table(
            label="Settings",
            columns=columns,
            rows=state.parameters,
            row_key=lambda row: row.label,
        ),
    )
