"""The windows of maintenance, as a section of the Limits page."""

from typing import Any

import reflex as rx

from patriot_app.web.console.limits.window_rows import STATES
from patriot_app.web.console.limits.window_state import MaintenanceState
from patriot_app.web.kit import (
    Column,
    Field,
    button,
    card,
    confirm_dialog,
    data_table,
    empty_state,
    form_dialog,
    layout,
    shown_if,
    status_badge,
    two_lines,
)

EXCHANGES = [("binance", "Binance USDT-M"), ("bybit", "Bybit v5 linear")]


def maintenance_section() -> rx.Component:
    """Return what is coming, what runs and what was, with the acts of an operator."""
    state: Any = MaintenanceState
    columns = [
        Column("Exchange", lambda row: two_lines(row.exchange_name, row.modes), phone="title"),
        Column("State", lambda row: status_badge(row.state, STATES)),
        Column("When", lambda row: row.span),
        Column("Told by", lambda row: two_lines(row.told_by, row.reason)),
        Column("", _acts, align="end"),
    ]
    return rx.fragment(
        card(
            data_table(
                label="Maintenance windows",
                columns=columns,
                rows=state.windows,
                empty=empty_state(
                    title="No maintenance is known",
                    body="Both exchanges are asked every 20 seconds. Enter a window that only their"
                    " status page tells of.",
                    icon="wrench",
                ),
                test_id="maintenance-table",
            ),
            actions=[
                button(
                    "Enter window",
                    icon="plus",
                    on_click=state.window_form(""),
                    disabled_reason=state.blocked,
                )
            ],
            title="Maintenance windows",
            hint="Entries pause before one, nothing is sent in it, accounts are read after it",
            flush=True,
        ),
        _dialogs(),
    )


def _acts(row: Any) -> rx.Component:
    state: Any = MaintenanceState
    blocked = state.blocked
    is_ahead = (row.state == "planned") | (row.state == "closing")
    return layout(
        "cluster",
        shown_if(
            row.can_move,
            button("Move", on_click=state.window_form(row.id), disabled_reason=blocked),
        ),
        shown_if(
            row.can_end,
            button(
                rx.cond(is_ahead, "Call off", "End now"),
                intent="quiet",
                on_click=state.ask_end(row.id),
                disabled_reason=blocked,
            ),
        ),
    )


def _dialogs() -> rx.Component:
    state: Any = MaintenanceState
    one = state.window
    return rx.fragment(
        form_dialog(
            open=state.form == "window",
            on_close=state.dismiss,
            title=rx.cond(one.id != "", "Move maintenance window", "Enter maintenance window"),
            hint="Times are UTC, as in 2026-03-02 14:00. It binds for every mode of the exchange.",
            fields=[
                Field("exchange", "Exchange", "select", value=one.exchange, options=EXCHANGES),
                Field("starts_at", "From", required=True, value=one.starts_at),
                Field("ends_at", "To", required=True, value=one.ends_at),
            ],
            on_submit=state.review_window,
            errors=state.errors,
            submit_label="Review",
        ),
        *(
            confirm_dialog(
                open=state.ask.act == act,
                on_close=state.dismiss,
                title=state.ask.title,
                consequence=state.ask.consequence,
                confirm_label=state.ask.confirm_label,
                errors=state.errors,
                on_confirm=handler,
            )
            for act, handler in (("window", state.keep_window), ("end", state.end_window))
        ),
    )
