"""Risk: what limits whom, what stands still, and what was denied."""

from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.console.risk.account_drawer import account_drawer
from patriot_app.web.console.risk.dialogs import risk_dialogs
from patriot_app.web.console.risk.rows import ORIGINS
from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.console.risk.stress_state import StressState
from patriot_app.web.console.risk.watch_section import watch_sections
from patriot_app.web.console.risk.watch_state import RiskWatchState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    card,
    data_table,
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
from patriot_app.web.parts.halt_rows import LEVELS
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.shell import console_page

HALTS = [
    Column("Halted", lambda row: two_lines(row.subject, row.reason), phone="title"),
    Column("Level", lambda row: status_badge(row.level, LEVELS)),
    Column("Cleared up", lambda row: row.progress),
    Column("By", lambda row: row.raised_by),
    Column("Since", lambda row: time_cell(row.at), align="end"),
]
DENIALS = [
    Column("Rule", lambda row: two_lines(row.code, row.example), phone="title"),
    Column("Denials", lambda row: amount_cell(row.denials), align="end"),
    Column("Accounts", lambda row: amount_cell(row.accounts), align="end"),
    Column("Last", lambda row: time_cell(row.at), align="end"),
]
LIMITS = [
    Column("Whose", lambda row: two_lines(row.subject, row.reason), phone="title"),
    Column("Scope", lambda row: status_badge(row.scope, ORIGINS)),
    Column("Limit", lambda row: row.label),
    Column("Value", lambda row: money_cell(row.value), align="end"),
    Column("Set by", lambda row: row.set_by, phone="hide"),
    Column("Set", lambda row: time_cell(row.at), align="end", phone="hide"),
    Column("", lambda row: _clear(row), align="end"),
]
USAGE = [
    Column("Account", lambda row: two_lines(row.account, row.client), "account", phone="title"),
    Column("Equity", lambda row: money_cell(row.equity), "equity", align="end"),
    Column("Exposure", lambda row: money_cell(row.gross), "gross_notional", align="end"),
    Column(
        "Largest position",
        lambda row: _used(row.position, row.position_limit),
        "largest_position",
        align="end",
    ),
    Column(
        "Leverage",
        lambda row: two_lines(amount_cell(row.leverage), row.leverage_limit),
        "leverage",
        align="end",
    ),
    Column("Loss of the day", lambda row: _used(row.loss, row.loss_limit), align="end"),
    Column("Drawdown", lambda row: _used(row.drawdown, row.drawdown_limit), align="end"),
]


@console_page(
    routes.RISK,
    title="Risk",
    on_load=RiskState.load,
    dialogs=(RiskWatchState, StressState),
    topics="risk halts fan_outs equity positions",
)
def risk_page() -> rx.Component:
    """Return the page."""
    state: Any = RiskState
    return layout(
        "stack",
        page_head(
            "Risk",
            hint="The strictest limit counts, and each value says whose it is.",
            actions=[
                button(
                    "Set limit",
                    icon="ruler",
                    on_click=state.open_limit("desk", ""),
                    disabled_reason=state.blocked_limits,
                ),
                button("Halt trading", icon="octagon-x", intent="danger", href=routes.KILL_SWITCH),
            ],
        ),
        layout(
            "stats",
            rx.foreach(
                state.desk,
                lambda row: stat_card(label=row.label, value=row.value, hint=_origin(row.origin)),
            ),
        ),
        _halts(),
        watch_sections(),
        _denials(),
        _limits(),
        _usage(),
        account_drawer(),
        risk_dialogs(),
    )


def _origin(origin: Any) -> Any:
    return rx.cond(origin == "default", "default", "set for the desk")


def _halts() -> rx.Component:
    state: Any = RiskState
    return card(
        data_table(
            label="Halts in force",
            columns=HALTS,
            rows=state.halts,
            empty=empty_state(
                title="Nothing is halted",
                body="A halt binds at its commit: no order that opens anything is sent after it.",
                icon="circle-play",
            ),
            test_id="halts-table",
        ),
        title="Halts",
        actions=[button("Kill switch", icon="octagon-x", href=routes.KILL_SWITCH)],
        flush=True,
    )


def _denials() -> rx.Component:
    return card(
        data_table(
            label="Denials of the last hour",
            columns=DENIALS,
            rows=RiskState.denials,
            empty=empty_state(title="No denials within the hour", icon="circle-check"),
            test_id="denials-table",
        ),
        title="Denied in the last hour",
        hint="Orders that a rule refused before they were sent",
        flush=True,
    )


def _limits() -> rx.Component:
    return card(
        data_table(
            label="Limits that are set",
            columns=LIMITS,
            rows=RiskState.limits,
            empty=empty_state(
                title="No limit is set", body="The defaults above count for every account."
            ),
            test_id="limits-table",
        ),
        title="Limits that are set",
        flush=True,
    )


def _usage() -> rx.Component:
    return listing(
        RiskState,
        label="Accounts beside their limits",
        columns=USAGE,
        placeholder="Account or client",
        filters=[Filter("exchange", "Any exchange", list(EXCHANGES.items()))],
        empty=empty_state(title="No accounts yet", action=button("Accounts", href=routes.ACCOUNTS)),
        test_id="usage-table",
    )


def _used(value: Any, limit: Any) -> rx.Component:
    return two_lines(money_cell(value), limit)


def _clear(row: Any) -> rx.Component:
    return button(
        "Clear",
        intent="quiet",
        on_click=RiskState.ask_clear(row.id),
        disabled_reason=RiskState.blocked_limits,
    )
