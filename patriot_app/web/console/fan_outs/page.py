"""The fan-out grid: what became of one signal on each account."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import Exchange
from patriot_app.web import routes
from patriot_app.web.console.fan_outs.state import FanOutState
from patriot_app.web.kit import (
    Column,
    Filter,
    amount_cell,
    badge,
    button,
    card,
    confirm_dialog,
    data_table,
    description_list,
    detail_drawer,
    empty_state,
    layout,
    listing,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    tabs,
    time_cell,
    timeline,
    two_lines,
)
from patriot_app.web.parts.signals import ACTIONS, OUTCOMES, outcome_bar
from patriot_app.web.shell import console_page

FILTERS = [
    Filter("exchange", "Any exchange", [(item.value, item.value.capitalize()) for item in Exchange])
]
COLUMNS = [
    Column("Client", lambda row: two_lines(row.client, row.account), "client", phone="title"),
    Column("Outcome", lambda row: status_badge(row.outcome, OUTCOMES), "outcome"),
    Column("Reason", lambda row: _reason(row), "reason_code"),
    Column("Filled", lambda row: _filled(row), "quantity", align="end"),
    Column("Average price", lambda row: amount_cell(row.price), "average_price", align="end"),
    Column("Slippage", lambda row: amount_cell(row.slippage), "slippage_bps", align="end"),
    Column("Latency", lambda row: amount_cell(row.latency), "latency_ms", align="end"),
    Column("Turn", lambda row: amount_cell(row.place), "place", align="end", phone="hide"),
]
REASON_COLUMNS = [
    Column("Reason", lambda row: two_lines(row.text, row.id), phone="title"),
    Column("Decision", lambda row: status_badge(row.decision, OUTCOMES)),
    Column("Accounts", lambda row: amount_cell(row.accounts), align="end"),
]


@console_page(
    routes.FAN_OUT,
    title="Fan-out",
    on_load=FanOutState.load,
    topics="fan_outs orders signals",
)
def fan_out_page() -> rx.Component:
    """Return the page."""
    state: Any = FanOutState
    return layout(
        "stack",
        _head(),
        _figures(),
        _why(),
        _outcomes(),
        listing(
            state,
            label="Accounts of the signal",
            columns=COLUMNS,
            placeholder="Client, account or reason",
            filters=FILTERS,
            empty=empty_state(title="No account has been decided on yet"),
            test_id="fan-out-table",
        ),
        card(timeline(state.history), title="History of the signal"),
        _drawer(),
        _retry_dialog(),
    )


def _head() -> rx.Component:
    signal: Any = FanOutState.signal
    return page_head(
        rx.cond(signal.symbol != "", f"{signal.symbol} · {signal.deployment}", "Fan-out"),
        hint=signal.explanation,
        actions=[
            button("All signals", icon="arrow-left", on_click=rx.redirect(routes.SIGNALS)),
            _relative("The signal it tries again", FanOutState.retrying.original_id),
            _relative("Its newest retry", FanOutState.retrying.newest_id),
            button(
                "Retry failed only",
                icon="rotate-cw",
                on_click=FanOutState.ask_retry,
                disabled_reason=FanOutState.retrying.blocked,
            ),
            button("Export CSV", icon="download", on_click=FanOutState.export),
        ],
    )


def _relative(label: str, signal_id: Any) -> rx.Component:
    address = routes.FAN_OUT + "?signal=" + signal_id
    return shown_if(signal_id != "", button(label, icon="link", on_click=rx.redirect(address)))


def _retry_dialog() -> rx.Component:
    state: Any = FanOutState
    return confirm_dialog(
        open=state.ask.act.startswith("retry"),
        on_close=state.dismiss,
        title=state.ask.title,
        consequence=state.ask.consequence,
        confirm_label=state.ask.confirm_label,
        intent="primary",
        errors=state.errors,
        on_confirm=state.retry,
    )


def _figures() -> rx.Component:
    state: Any = FanOutState
    signal = state.signal
    is_loading = signal.id == ""
    return layout(
        "stats",
        stat_card(label="Filled", value=signal.progress, hint=signal.accounts, loading=is_loading),
        stat_card(
            label="Median latency", value=signal.p50, hint="to acknowledged", loading=is_loading
        ),
        stat_card(
            label="95th percentile", value=signal.p95, hint="to acknowledged", loading=is_loading
        ),
        stat_card(
            label="Dispersion",
            value=signal.dispersion,
            hint="best to worst price",
            loading=is_loading,
        ),
        stat_card(
            label="Signal price",
            value=signal.price,
            hint=f"stop {signal.stop}",
            loading=is_loading | state.loading,
        ),
    )


def _why() -> rx.Component:
    state: Any = FanOutState
    return layout(
        "grid",
        card(outcome_bar(state.signal), _facts(), title="Signal"),
        card(
            data_table(
                label="Reasons",
                columns=REASON_COLUMNS,
                rows=state.reasons,
                on_row_click=state.show_reason,
                open_id=state.filters["reason_code"],
                empty=empty_state(title="Every account got an order", icon="circle-check"),
                test_id="reasons-table",
            ),
            title="Why accounts got no order",
            hint="Choose a reason to see its accounts.",
            flush=True,
        ),
    )


def _facts() -> rx.Component:
    signal: Any = FanOutState.signal
    return description_list(
        [
            ("Action", status_badge(signal.action, ACTIONS)),
            ("Decided by", f"{signal.strategy}, {signal.author}"),
            ("Recorded", time_cell(signal.at)),
            ("Bar closed, market time", signal.bar),
            ("Stop, target", f"{signal.stop}, {signal.target}"),
            ("Began with", FanOutState.began_with),
            ("Impact on the price", FanOutState.impact),
            ("Signal id", rx.el.code(signal.id), signal.id),
        ]
    )


def _outcomes() -> rx.Component:
    state: Any = FanOutState
    labels = state.labels
    items: list[tuple[str, Any]] = [("", labels.all)]
    items += [(name, getattr(labels, name)) for name in OUTCOMES]
    return tabs(items, value=state.filters["outcome"], on_change=state.show_outcome)


def _reason(row: Any) -> rx.Component:
    return rx.cond(row.code != "", two_lines(row.code, row.reason_short), rx.fragment())


def _filled(row: Any) -> rx.Component:
    return rx.cond(
        row.slices != "", two_lines(row.quantity, _slices(row)), amount_cell(row.quantity)
    )


def _slices(row: Any) -> rx.Component:
    """Say how far an order in slices has come, and when the next one is sent."""
    return rx.el.span(
        row.slices,
        rx.cond(row.next_slice.iso != "", rx.el.span(", next ", time_cell(row.next_slice))),
    )


def _drawer() -> rx.Component:
    state: Any = FanOutState
    account = state.account
    return detail_drawer(
        open=state.open_id != "",
        on_close=state.close_row,
        title=account.client,
        subtitle=account.account,
        status=status_badge(account.outcome, OUTCOMES),
        sections=[
            (
                "Outcome",
                description_list(
                    [
                        (
                            "Reason code",
                            rx.cond(account.code != "", badge(account.code), rx.fragment()),
                        ),
                        ("In words", account.reason),
                        ("Filled", account.quantity),
                        (
                            "Slices",
                            rx.cond(account.slices != "", _slices(account), "Sent as a whole"),
                        ),
                        ("Average price", account.price),
                        ("Slippage", account.slippage),
                        ("Signal to acknowledged", account.latency),
                        ("Turn in the fan-out", account.place),
                    ]
                ),
            ),
            ("Its order", timeline(state.steps)),
        ],
        actions=[
            shown_if(
                account.attempt_id != "",
                button(
                    "Open the order",
                    icon="list-ordered",
                    on_click=rx.redirect(routes.ORDERS + "?id=" + account.attempt_id),
                ),
            ),
            button(
                "Its positions",
                icon="scale",
                on_click=rx.redirect(routes.POSITIONS + "?account_id=" + account.id),
            ),
        ],
    )
