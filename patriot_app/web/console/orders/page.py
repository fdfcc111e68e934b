"""Orders: the blotter with its filters, and one order's story in a drawer."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.web import routes
from patriot_app.web.console.orders.rows import LEGS, SIDES, SINCE, STATES, TYPES
from patriot_app.web.console.orders.state import OrdersState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    amount_cell,
    button,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    form_dialog,
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
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("live", "Working or ended", [("yes", "Working now"), ("no", "Ended")]),
    Filter("state", "Any state", [(value, text) for value, (_, text) in STATES.items()]),
    Filter("leg", "Any leg", [(value, text) for value, (_, text) in LEGS.items()]),
    Filter("side", "Buy and sell", [(value, text) for value, (_, text) in SIDES.items()]),
    Filter("order_type", "Any type", list(TYPES.items())),
    Filter("since", "Any date", list(SINCE.items())),
    Filter(
        "exchange", "Any exchange", [(item.value, item.value.capitalize()) for item in Exchange]
    ),
]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.client, row.account), "client", phone="title"),
    Column("Symbol", lambda row: two_lines(row.symbol, row.kind), "symbol"),
    Column("Side", lambda row: status_badge(row.side, SIDES), "side"),
    Column("Leg", lambda row: status_badge(row.leg, LEGS), "leg", phone="hide"),
    Column("State", lambda row: status_badge(row.state, STATES), "state"),
    Column("Filled", lambda row: amount_cell(row.progress), "filled_quantity", align="end"),
    Column("Price", lambda row: amount_cell(row.price), "average_price", align="end"),
    Column("Latency", lambda row: amount_cell(row.latency), align="end", phone="hide"),
    Column("Created", lambda row: time_cell(row.at), "created_at", align="end"),
]
FILL_COLUMNS = [
    Column("Traded, market time", lambda row: amount_cell(row.traded), phone="title"),
    Column("Quantity", lambda row: amount_cell(row.quantity), align="end"),
    Column("Price", lambda row: amount_cell(row.price), align="end"),
    Column("Commission", lambda row: amount_cell(row.commission), align="end"),
    Column("Realised", lambda row: money_cell(row.profit), align="end"),
    Column("Role", lambda row: row.role),
]

SLICE_COLUMNS = [
    Column("Slice", lambda row: two_lines(row.number, row.note), phone="title"),
    Column("State", lambda row: status_badge(row.state, STATES)),
    Column("Filled", lambda row: amount_cell(row.progress), align="end"),
    Column("Price", lambda row: amount_cell(row.price), align="end"),
    Column("Starts", lambda row: time_cell(row.at), align="end"),
]


@console_page(routes.ORDERS, title="Orders", on_load=OrdersState.load, topics="orders commands")
def orders_page() -> rx.Component:
    """Return the page."""
    state: Any = OrdersState
    return layout(
        "stack",
        page_head(
            "Orders",
            hint="Every order is stored before it is sent, and sent at most once.",
            actions=[
                button("Cancel entries", icon="x", intent="danger", on_click=state.withdraw_form),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        shown_if(
            state.withdrawal.text != "",
            rx.match(
                state.withdrawal.tone,
                ("danger", notice(state.withdrawal.text, tone="danger")),
                ("positive", notice(state.withdrawal.text, tone="positive")),
                notice(state.withdrawal.text),
            ),
        ),
        listing(
            state,
            label="Orders",
            columns=COLUMNS,
            placeholder="Client, account or order id",
            filters=FILTERS,
            narrowed_to="the orders of what you came from",
            empty=empty_state(
                title="No orders yet",
                body="Orders appear as soon as a running deployment gives its first signal.",
                action=button("Strategies", href=routes.STRATEGIES),
            ),
            test_id="orders-table",
        ),
        _drawer(),
        confirm_dialog(
            open=state.ask.act == "cancel",
            on_close=state.dismiss,
            title=state.ask.title,
            consequence=state.ask.consequence,
            confirm_label=state.ask.confirm_label,
            errors=state.errors,
            on_confirm=state.cancel,
        ),
        _forms(),
    )


def _forms() -> rx.Component:
    state: Any = OrdersState
    return rx.fragment(
        form_dialog(
            open=state.form == "amend",
            on_close=state.dismiss,
            title="Change this entry",
            hint="The order keeps its stop and never risks more than it was decided for. Without a "
            "quantity it follows the price. An order that its exchange cannot change, and any that waits "
            "for its trigger, is cancelled and placed anew.",
            fields=[
                Field(
                    "price",
                    "Limit price",
                    "number",
                    unit="USDT",
                    value=state.order.limit,
                    hint="Of a stop order without a limit: its trigger.",
                ),
                Field("quantity", "Quantity", "number", placeholder=state.order.wanted),
                Field("reason", "Reason", required=True),
            ],
            on_submit=state.amend,
            errors=state.errors,
            submit_label="Change order",
        ),
        form_dialog(
            open=state.form == "withdraw",
            on_close=state.dismiss,
            title="Cancel entries that wait?",
            hint="What they have filled stays, with its stop. Signals after this enter again: to "
            "stop those, raise a halt.",
            fields=[
                Field("scope", "Whose entries", "select", options=state.scopes, required=True),
                Field("reason", "Reason", required=True),
            ],
            on_submit=state.withdraw,
            errors=state.errors,
            submit_label="Cancel entries",
            intent="danger",
        ),
    )


def _drawer() -> rx.Component:
    state: Any = OrdersState
    order, facts = state.order, state.facts
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=f"{order.symbol} · {order.client}",
        subtitle=order.account,
        status=status_badge(order.state, STATES),
        sections=[
            ("Order", _facts()),
            (
                "Slices",
                rx.cond(
                    state.slices.length() > 0,
                    data_table(label="Slices", columns=SLICE_COLUMNS, rows=state.slices),
                    rx.el.p("Sent as a whole."),
                ),
            ),
            (
                "Trades",
                rx.cond(
                    state.fills.length() > 0,
                    data_table(label="Trades", columns=FILL_COLUMNS, rows=state.fills),
                    rx.el.p("No trades yet."),
                ),
            ),
            ("History", timeline(state.steps)),
        ],
        actions=[
            rx.cond(
                order.can_cancel,
                button("Cancel order", intent="danger", icon="x", on_click=state.ask_cancel),
                button("Cancel order", disabled_reason="This order no longer works"),
            ),
            shown_if(
                order.can_amend,
                button("Change order", icon="pencil", on_click=state.amend_form),
            ),
            shown_if(
                facts.signal_id != "",
                button(
                    "Fan-out of its signal",
                    icon="radio-tower",
                    on_click=rx.redirect(routes.FAN_OUT + "?signal=" + facts.signal_id),
                ),
            ),
        ],
    )


def _facts() -> rx.Component:
    state: Any = OrdersState
    order, facts = state.order, state.facts
    return description_list(
        [
            ("Wanted", facts.order),
            ("Filled", facts.filled),
            ("Average price", facts.average),
            ("Client order id", rx.el.code(order.client_order_id), order.client_order_id),
            ("Exchange order id", facts.exchange_order_id, facts.exchange_order_id),
            ("Answer", facts.answer),
            ("Sent to answered", order.latency),
            ("Attempt", facts.attempt),
            ("Asked for by", facts.origin),
            ("Leverage", facts.leverage),
            ("Stop, target", f"{facts.stop}, {facts.target}"),
            ("Reserved notional", facts.reserved),
        ]
    )
