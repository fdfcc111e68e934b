"""Breaches, exposure and measured accounts, as sections of the Risk page."""

from typing import Any

import reflex as rx

from patriot_app.web.console.risk.state import RiskState
from patriot_app.web.console.risk.stress_section import stress_section
from patriot_app.web.console.risk.watch_rows import SEVERITIES, STATES
from patriot_app.web.console.risk.watch_state import RiskWatchState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    filter_bar,
    heat_map,
    layout,
    money_cell,
    shown_if,
    status_badge,
    time_cell,
    two_lines,
)

MEASURED = [
    Column("Account", lambda row: two_lines(row.account, row.client), phone="title"),
    Column("Score", lambda row: amount_cell(row.score), align="end"),
    Column("Value at risk, 95 %", lambda row: money_cell(row.value_at_risk), align="end"),
    Column("Expected beyond it", lambda row: money_cell(row.shortfall), align="end"),
    Column("Value at risk, 99 %", lambda row: money_cell(row.value_at_risk_99), align="end"),
    Column("Correlation", lambda row: row.correlation, align="end"),
    Column("Margin ratio", lambda row: row.margin_ratio, align="end"),
    Column("To liquidate", lambda row: row.liquidity, align="end"),
    Column("Measured", lambda row: time_cell(row.at), align="end"),
]
FILTERS = [
    Filter("severity", "Any severity", [(name, label) for name, (_, label) in SEVERITIES.items()]),
    Filter("state", "Any state", [(name, label) for name, (_, label) in STATES.items()]),
]


def watch_sections() -> rx.Component:
    """Return the sections with their dialog."""
    return rx.fragment(_breaches(), _exposure(), _measured(), stress_section(), *_dialogs())


def _breaches() -> rx.Component:
    state: Any = RiskWatchState
    columns = [
        Column("Breach", lambda row: two_lines(row.title, row.account), phone="title"),
        Column("Severity", lambda row: status_badge(row.severity, SEVERITIES)),
        Column("State", lambda row: status_badge(row.state, STATES)),
        Column("At worst", lambda row: two_lines(row.figures, row.call)),
        Column("Seen", lambda row: row.seen, phone="hide"),
        Column("Since", lambda row: time_cell(row.at), align="end"),
        Column("", _acts, align="end"),
    ]
    return card(
        layout(
            "inset",
            filter_bar(
                filters=FILTERS,
                values=state.chosen,
                on_filter=state.choose,
            ),
        ),
        data_table(
            label="Breaches of limits",
            columns=columns,
            rows=state.breaches,
            empty=empty_state(title="No limit was breached", icon="circle-check"),
            filtered=(state.chosen["severity"] != "") | (state.chosen["state"] != ""),
            on_reset=state.choose_all,
            test_id="breaches-table",
        ),
        title="Breaches",
        actions=[button("Export CSV", icon="download", on_click=state.export_breaches)],
        hint=state.record
        + " "
        + "Every account is measured each 30 s. High and critical ones stand until somebody has seen them.",
        flush=True,
    )


def _exposure() -> rx.Component:
    state: Any = RiskWatchState
    return card(
        heat_map(
            state.exposure,
            label="Exposure by account and contract",
            empty=empty_state(title="Nothing is held", icon="circle-check"),
            on_row=RiskState.open_row,
            test_id="exposure-map",
        ),
        title="Exposure",
        actions=[button("Export CSV", icon="download", on_click=state.export_exposure)],
        hint="USDT and its share of the account's equity, shorts below zero. Stronger from 5, 15, 30"
        " and 100 %. The largest 30 accounts; the file holds all.",
    )


def _measured() -> rx.Component:
    return card(
        data_table(
            label="Measured risk of accounts",
            columns=MEASURED,
            rows=RiskWatchState.measured,
            empty=empty_state(
                title="Nothing was measured within half an hour",
                body="A daemon measures every account whose figures are fresh.",
            ),
            test_id="measured-table",
        ),
        title="Measured risk",
        actions=[
            button("Export CSV", icon="download", on_click=RiskWatchState.export_measured),
        ],
        hint="Over a day, from a month of hourly prices; the highest scores first",
        flush=True,
    )


def _dialogs() -> list[rx.Component]:
    state: Any = RiskWatchState
    return [
        confirm_dialog(
            open=state.ask.act == act,
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            phrase=state.ask.phrase,
            errors=state.errors,
            on_confirm=state.acknowledge,
        )
        for act in ("seen", "false_alarm")
    ]


def _acts(row: Any) -> rx.Component:
    state: Any = RiskWatchState
    return shown_if(
        row.is_open,
        layout(
            "cluster",
            button(
                "Acknowledge",
                on_click=state.ask_seen(row.id),
                disabled_reason=state.blocked,
            ),
            button(
                "False alarm",
                intent="quiet",
                on_click=state.ask_false(row.id),
                disabled_reason=state.blocked,
            ),
        ),
    )
