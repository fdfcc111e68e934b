"""Instruments: filters, brackets, and whether the desk trades them."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.web import routes
from patriot_app.web.console.instruments.rows import SWITCH
from patriot_app.web.console.instruments.state import InstrumentsState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    button,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    money_cell,
    notice,
    page_head,
    shown_if,
    status_badge,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.keys import EXCHANGES
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("exchange", "Any exchange", list(EXCHANGES.items())),
    Filter("enabled", "Enabled or not", [("yes", "Enabled"), ("no", "Disabled by the desk")]),
    Filter("trading", "Trading or not", [("yes", "Trading"), ("no", "Not trading")]),
]
COLUMNS = [
    Column("Contract", lambda row: two_lines(row.symbol, row.exchange), "symbol", phone="title"),
    Column("State", lambda row: status_badge(row.state, SWITCH), "is_enabled"),
    Column("Mark price", lambda row: amount_cell(row.mark), "mark_price", align="end"),
    Column("Tick", lambda row: amount_cell(row.tick), align="end", phone="hide"),
    Column("Step", lambda row: amount_cell(row.step), align="end", phone="hide"),
    Column(
        "Least notional", lambda row: amount_cell(row.notional_min), "min_notional", align="end"
    ),
    Column("Leverage up to", lambda row: amount_cell(row.leverage), "leverage_max", align="end"),
    Column("Read", lambda row: time_cell(row.refreshed), "refreshed_at", align="end"),
]
BRACKETS = [
    Column("Notional, USDT", lambda row: amount_cell(row.band), phone="title"),
    Column("Leverage", lambda row: amount_cell(row.leverage), align="end"),
    Column("Maintenance", lambda row: money_cell(row.maintenance), align="end"),
    Column("Deduction", lambda row: money_cell(row.deduction), align="end"),
]


@console_page(
    routes.INSTRUMENTS,
    title="Instruments",
    on_load=InstrumentsState.load,
    topics="instruments",
)
def instruments_page() -> rx.Component:
    """Return the page."""
    state: Any = InstrumentsState
    return layout(
        "stack",
        page_head(
            "Instruments",
            hint="Contracts as their exchange describes them; orders are rounded to these filters.",
            actions=[
                button(
                    f"Refresh {exchange.value.capitalize()}",
                    icon="rotate-cw",
                    on_click=state.refresh(exchange.value),
                    disabled_reason=state.blocked,
                )
                for exchange in Exchange
            ],
        ),
        listing(
            state,
            label="Instruments",
            columns=COLUMNS,
            placeholder="Symbol",
            filters=FILTERS,
            empty=empty_state(
                title="No contracts yet",
                body="The daemon reads them when it starts; refresh an exchange to read them now.",
                icon="candlestick-chart",
            ),
            test_id="instruments-table",
        ),
        _drawer(),
        *[
            confirm_dialog(
                open=state.ask.act == act,
                on_close=state.dismiss,
                title=state.ask.title,
                consequence=state.ask.consequence,
                confirm_label=state.ask.confirm_label,
                errors=state.errors,
                on_confirm=state.confirm,
                intent="danger" if act == "disable" else "primary",
            )
            for act in ("disable", "enable")
        ],
    )


def _drawer() -> rx.Component:
    state: Any = InstrumentsState
    row: Any = InstrumentsState.instrument
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=row.symbol,
        subtitle=row.exchange,
        status=status_badge(row.state, SWITCH),
        sections=[
            ("Filters", _filters()),
            (
                "Leverage brackets",
                data_table(
                    label="Leverage brackets",
                    columns=BRACKETS,
                    rows=state.brackets,
                    empty=empty_state(title="The exchange published none"),
                ),
            ),
            ("History", timeline(state.history)),
        ],
        actions=[
            rx.cond(
                row.is_enabled,
                button(
                    "Disable",
                    icon="ban",
                    intent="danger",
                    on_click=state.ask_switch,
                    disabled_reason=state.blocked,
                ),
                button(
                    "Enable",
                    icon="check",
                    intent="primary",
                    on_click=state.ask_switch,
                    disabled_reason=state.blocked,
                ),
            )
        ],
    )


def _filters() -> rx.Component:
    row: Any = InstrumentsState.instrument
    return layout(
        "stack-small",
        shown_if(row.reason != "", notice(row.reason, tone="warning")),
        description_list(
            [
                ("Mark price", rx.fragment(amount_cell(row.mark), time_cell(row.priced))),
                ("Tick size", row.tick),
                ("Step size", row.step),
                ("Least quantity", row.quantity_min),
                ("Greatest quantity", row.quantity_max),
                ("Greatest at market", row.market_max),
                ("Least notional", rx.fragment(row.notional_min, " USDT")),
                ("Contract size", row.contract_size),
                ("Leverage up to", row.leverage),
                ("Read", time_cell(row.refreshed)),
            ]
        ),
    )
