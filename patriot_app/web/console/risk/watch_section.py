"""Breaches, measured accounts and stress, as sections of the Risk page."""

from typing import Any

import reflex as rx

from patriot_app.web.console.risk.watch_rows import SEVERITIES, STATES
from patriot_app.web.console.risk.watch_state import RiskWatchState
from patriot_app.web.kit import (
    Column,
    amount_cell,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
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
STRESS = [
    Column("Shock", lambda row: two_lines(row.label, row.shock), phone="title"),
    Column("Loss of the desk", lambda row: money_cell(row.loss), align="end"),
    Column("Positions that lose", lambda row: amount_cell(row.positions), align="end"),
    Column("Survive", lambda row: row.survival, align="end"),
]


def watch_sections() -> rx.Component:
    """Return the sections with their dialog."""
    return rx.fragment(_breaches(), _measured(), _stress(), *_dialogs())


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
        data_table(
            label="Breaches of limits",
            columns=columns,
            rows=state.breaches,
            empty=empty_state(title="No limit was breached", icon="circle-check"),
            test_id="breaches-table",
        ),
        title="Breaches",
        actions=[button("Export CSV", icon="download", on_click=state.export_breaches)],
        hint=state.record
        + " "
        + "Every account is measured each 30 s. High and critical ones stand until somebody has seen them.",
        flush=True,
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
            button("Exposure CSV", icon="download", on_click=RiskWatchState.export_exposure),
        ],
        hint="Over a day, from a month of hourly prices; the highest scores first",
        flush=True,
    )


def _stress() -> rx.Component:
    return card(
        data_table(
            label="Stress tests",
            columns=STRESS,
            rows=RiskWatchState.stresses,
            test_id="stress-table",
        ),
        title="Stress",
        actions=[button("Export CSV", icon="download", on_click=RiskWatchState.export_stress)],
        hint="What stated shocks would do to the positions held now",
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
