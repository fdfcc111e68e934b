"""One account: its limits, overrides, value at risk and correlations."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.risk.rows import ORIGINS
from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.kit import (
    Column,
    amount_cell,
    badge,
    button,
    data_table,
    detail_drawer,
    empty_state,
    heat_map,
    money_cell,
    status_badge,
    timeline,
    two_lines,
)

EFFECTIVE = [
    Column("Limit", lambda row: row.label, phone="title"),
    Column("Value that counts", lambda row: money_cell(row.value), align="end"),
    Column("Comes from", lambda row: status_badge(row.origin, ORIGINS), align="end"),
]

COMPONENTS = [
    Column("Contract", lambda row: row.id, phone="title"),
    Column("Notional", lambda row: money_cell(row.notional), align="end"),
    Column("Its part", lambda row: money_cell(row.component), align="end"),
    Column("One USDT more adds", lambda row: amount_cell(row.marginal), align="end"),
    Column("Daily volatility", lambda row: amount_cell(row.volatility), align="end"),
]
OVERRIDES = [
    Column("Override", lambda row: two_lines(row.label, row.whose), phone="title"),
    Column("Value", lambda row: money_cell(row.value), align="end"),
    Column("Left", lambda row: two_lines(row.left, row.reason)),
]


def account_drawer() -> rx.Component:
    """Return the drawer of the open account."""
    state: Any = RiskState
    account: Any = RiskState.account
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=account.account,
        subtitle=account.client,
        status=badge(account.exchange),
        sections=_sections(state),
        actions=[
            button(
                "Set limit",
                icon="ruler",
                on_click=state.open_limit("account", account.id),
                disabled_reason=state.blocked_limits,
            ),
            button(
                "Halt this account",
                icon="octagon-x",
                intent="danger",
                href=f"{routes.KILL_SWITCH}?halt={account.id}",
            ),
            button("Account", icon="key-round", href=f"{routes.ACCOUNTS}?id={account.id}"),
        ],
    )


def _sections(state: Any) -> list[tuple[str, rx.Component]]:
    return [
        (
            "Limits of this account",
            data_table(label="Effective limits", columns=EFFECTIVE, rows=state.effective),
        ),
        (
            "Overrides in force",
            data_table(
                label="Overrides in force",
                columns=OVERRIDES,
                rows=state.overrides,
                empty=empty_state(title="No override reaches this account"),
                test_id="overrides-table",
            ),
        ),
        (
            "Value at risk by position, 95 % over a day, parametric",
            data_table(
                label="Value at risk by position",
                columns=COMPONENTS,
                rows=state.components,
                empty=empty_state(title="Not known: nothing is held, or prices are missing"),
            ),
        ),
        (
            "How the prices of what it holds move together",
            heat_map(
                state.correlation,
                label="Correlations",
                empty=empty_state(title="Fewer than two contracts are held"),
                test_id="correlation-map",
            ),
        ),
        ("Its own limits and overrides so far", timeline(state.history)),
    ]
