"""Signals: every decision with its fan-out, and the form for an operator's own."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.orders import OrderType, TimeInForce
from patriot_app.web import routes
from patriot_app.web.console.signals.state import SignalsState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    amount_cell,
    button,
    confirm_dialog,
    empty_state,
    form_dialog,
    layout,
    listing,
    page_head,
    status_badge,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.signals import ACTIONS, outcome_bar
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("deployment_id", "Any deployment", SignalsState.deployments),
    Filter("action", "Any action", [(value, text) for value, (_, text) in ACTIONS.items()]),
]
COLUMNS = [
    Column("Signal", lambda row: two_lines(row.symbol, row.origin), "symbol", phone="title"),
    Column("Action", lambda row: status_badge(row.action, ACTIONS), "action"),
    Column("Price", lambda row: amount_cell(row.price), "reference_price", align="end"),
    Column("Accounts", lambda row: outcome_bar(row)),
    Column("p50 / p95", lambda row: amount_cell(row.latency), align="end"),
    Column("Dispersion", lambda row: amount_cell(row.dispersion), align="end", phone="hide"),
    Column("Recorded", lambda row: time_cell(row.at), "created_at", align="end"),
]
ENTRIES = [
    ("", "At market, at once"),
    (TimeInForce.GTC.value, "Limit: waits at its price"),
    (TimeInForce.POST_ONLY.value, "Limit, post-only: never pays the taker's commission"),
    (TimeInForce.IOC.value, "Limit, immediate or cancel"),
    (TimeInForce.FOK.value, "Limit, fill or kill"),
    (OrderType.STOP_MARKET.value, "Stop: at market once its trigger is passed"),
    (OrderType.STOP_LIMIT.value, "Stop-limit: waits at its price once its trigger is passed"),
]
LIVES = [
    ("", "At the next four-hour boundary"),
    ("15", "After 15 minutes"),
    ("60", "After an hour"),
    ("240", "After four hours"),
    ("1440", "After a day"),
]
FIELDS = [
    Field("target", "Deployment and symbol", "select", options=SignalsState.targets, required=True),
    Field(
        "action",
        "Action",
        "select",
        options=[(value, text) for value, (_, text) in ACTIONS.items()],
        required=True,
    ),
    Field(
        "entry",
        "Entry order",
        "select",
        options=ENTRIES,
        hint="What waits for its price is taken back for a newer signal.",
    ),
    Field("entry_price", "Limit price", "number", unit="USDT", hint="Of limit and stop-limit only"),
    Field(
        "trigger_price",
        "Trigger price",
        "number",
        unit="USDT",
        hint="Of stop and stop-limit only: above the price to buy, below it to sell",
    ),
    Field(
        "life_minutes",
        "Take back what has not filled",
        "select",
        options=LIVES,
        hint="Market time; of an order that waits only.",
    ),
    Field(
        "stop_loss",
        "Stop price",
        "number",
        unit="USDT",
        hint="An opening signal needs one: each account's size follows from its distance.",
    ),
    Field("take_profit", "Target price", "number", unit="USDT", hint="Optional"),
]


@console_page(
    routes.SIGNALS, title="Signals", on_load=SignalsState.load, topics="signals fan_outs strategies"
)
def signals_page() -> rx.Component:
    """Return the page."""
    state: Any = SignalsState
    return layout(
        "stack",
        page_head(
            "Signals",
            hint="A signal is recorded once, then planned and sent for every account it is for.",
            actions=[_publish_button()],
        ),
        listing(
            state,
            label="Signals",
            columns=COLUMNS,
            placeholder="Symbol, deployment or id",
            filters=FILTERS,
            on_row_click=state.open_grid,
            empty=empty_state(
                title="No signals yet",
                body="A running deployment decides at each closed bar.",
                action=button("Strategies", href=routes.STRATEGIES),
            ),
            test_id="signals-table",
        ),
        _dialogs(),
    )


def _publish_button() -> rx.Component:
    state: Any = SignalsState
    missing = "No deployment of the kind “Operator's signal” is running"
    return button(
        "Publish signal",
        icon="send",
        intent="primary",
        on_click=state.publish_form,
        disabled_reason=rx.cond(state.targets.length() == 0, missing, ""),
    )


def _dialogs() -> rx.Component:
    state: Any = SignalsState
    return rx.fragment(
        form_dialog(
            open=state.form == "publish",
            on_close=state.dismiss,
            title="Publish a signal",
            hint="You see what it will do before anything is sent.",
            fields=FIELDS,
            on_submit=state.review,
            errors=state.errors,
            submit_label="Review",
        ),
        confirm_dialog(
            open=state.ask.act == "publish",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            intent="primary",
            errors=state.errors,
            on_confirm=state.publish,
            more=button("Add another", icon="plus", on_click=state.add_another),
        ),
    )
