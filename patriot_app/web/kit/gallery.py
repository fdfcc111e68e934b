"""Every component in every state, on one page without data of anybody: /kit."""

from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.web import format
from patriot_app.web.format import Moment
from patriot_app.web.kit.bulk_bar import bulk_bar
from patriot_app.web.kit.button import button
from patriot_app.web.kit.data_table import Column, Selection, data_table, two_lines
from patriot_app.web.kit.description_list import description_list
from patriot_app.web.kit.empty_state import empty_state
from patriot_app.web.kit.equity_chart import equity_chart, plot
from patriot_app.web.kit.filter_bar import Filter, filter_bar
from patriot_app.web.kit.form_dialog import form_problem
from patriot_app.web.kit.form_field import Field, fields_of
from patriot_app.web.kit.heat_map import heat_map
from patriot_app.web.kit.layout import card, layout, notice, page_head, progress_bar, tabs
from patriot_app.web.kit.money_cell import money_cell
from patriot_app.web.kit.pagination import pagination
from patriot_app.web.kit.rows import Share, TimelineEntry, Toast
from patriot_app.web.kit.samples import (
    ACCOUNT_STATUS,
    SampleRow,
    at,
    curve,
    heat,
    literal,
    rows,
    stats,
)
from patriot_app.web.kit.secret_field import secret_field
from patriot_app.web.kit.stat_card import stat_card
from patriot_app.web.kit.status_badge import badge, status_badge
from patriot_app.web.kit.time_cell import time_cell
from patriot_app.web.kit.timeline import timeline
from patriot_app.web.kit.toast import toast_region
from patriot_app.web.theme import TONES


def gallery() -> rx.Component:
    """Return the page."""
    return layout(
        "stack",
        page_head(
            "Kit",
            hint="Every component in every state. The figures are samples.",
            actions=[
                button("Export", icon="download"),
                button("New", intent="primary", icon="plus"),
            ],
        ),
        _stats(),
        layout("grid-wide", _chart(), _history()),
        _table(),
        _heat(),
        layout("grid", _buttons(), _badges()),
        layout("grid", _form(), _facts()),
        layout("grid", _empty_tables(), _notices()),
        toast_region(_toasts(), on_dismiss=_nothing),
    )


def _nothing(*_: Any) -> Any:
    return rx.prevent_default


def _stats() -> rx.Component:
    cards = [
        stat_card(label=label, value=literal(figure), hint=hint) for label, figure, hint in stats()
    ]
    return layout("stats", *cards, stat_card(label="Daemon", value="", loading=True))


def _chart() -> rx.Component:
    legend = rx.el.div(
        rx.el.span("Equity"),
        rx.el.span("Drawdown", class_name="is-drawdown"),
        class_name="chart-legend",
    )
    return card(
        equity_chart(literal(plot(curve())), label="Equity, sample"),
        title="Equity",
        hint="USDT, hourly",
        actions=[legend],
    )


def _history() -> rx.Component:
    entries = [
        TimelineEntry("1", "Stop placed", "0.042 BTC at 61,200, exchange id 88123", "info", at(40)),
        TimelineEntry("2", "Filled", "0.042 BTC at 62,410.5", "positive", at(41)),
        TimelineEntry("3", "Acknowledged", "exchange id 88120 after 61 ms", "neutral", at(42)),
        TimelineEntry("4", "Refused", "available margin 12.1 below 40.0 USDT", "danger", at(3_700)),
    ]
    return card(timeline(literal(entries)), title="History")


def _heat() -> rx.Component:
    drawn = heat_map(literal(heat()), label="Exposure, sample", empty=empty_state(title="Nothing"))
    return card(drawn, title="Exposure", hint="Colour by share of equity, shorts below zero")


def _table() -> rx.Component:
    columns = [
        Column(
            "Account", lambda row: two_lines(row.account, row.exchange), "account", phone="title"
        ),
        Column("Status", lambda row: status_badge(row.status, ACCOUNT_STATUS), "status"),
        Column("Position", lambda row: row.quantity, align="end", phone="hide"),
        Column("Equity", lambda row: money_cell(row.equity), "equity", align="end"),
        Column("Today", lambda row: money_cell(row.day), "day", align="end"),
        Column("Last sync", lambda row: time_cell(row.seen), align="end"),
    ]
    selected = literal(["row-1", "row-4"])
    return layout(
        "stack-small",
        filter_bar(
            search=literal(""),
            on_search=_nothing,
            placeholder="Search accounts",
            filters=[
                Filter("status", "Any status", [("active", "Active"), ("parked", "Parked")]),
                Filter("exchange", "Any exchange", [("binance", "Binance"), ("bybit", "Bybit")]),
            ],
            values=literal({"status": "active", "exchange": ""}),
            on_filter=_nothing,
            on_reset=_nothing,
            actions=[button("Connect account", icon="plus", intent="primary")],
        ),
        bulk_bar(
            selected=selected,
            total=literal(734),
            on_clear=_nothing,
            on_all_matching=_nothing,
            acts=[
                button("Pause", icon="pause"),
                button("Park", icon="octagon-pause", intent="danger"),
            ],
            preflight="1 is parked already and will be skipped",
        ),
        data_table(
            label="Sample accounts",
            columns=columns,
            rows=literal(rows()),
            sort=literal("-equity"),
            on_sort=_nothing,
            on_row_click=_nothing,
            selection=Selection(selected, _nothing, _nothing),
            test_id="kit-table",
        ),
        pagination(page=literal(2), pages=literal(30), total=literal(734), on_change=_nothing),
    )


def _buttons() -> rx.Component:
    return card(
        layout(
            "cluster",
            button("Neutral"),
            button("Primary", intent="primary"),
            button("Danger", intent="danger", icon="octagon-x"),
            button("Halt everything", intent="danger", solid=True),
            button("Quiet", intent="quiet"),
            button("Saving", intent="primary", loading=True),
            button("Disabled", disabled_reason="Needs the permission risk:limits_write"),
            button("Refresh", icon="rotate-cw", icon_only=True),
        ),
        tabs(
            [("overview", "Overview"), ("orders", "Orders"), ("history", "History")],
            value=literal("overview"),
            on_change=_nothing,
        ),
        progress_bar(
            literal([Share("72%", "positive"), Share("18%", "neutral"), Share("6%", "danger")]),
            label="72 filled, 18 skipped, 6 failed of 100",
        ),
        title="Buttons, tabs, progress",
    )


def _badges() -> rx.Component:
    figures = [
        format.profit(Decimal("1234.5")),
        format.profit(Decimal("-87.123")),
        format.profit(Decimal(0)),
        format.change(Decimal("0.0312")),
        format.money(None),
    ]
    return card(
        layout("cluster", *[badge(format.label(tone), tone=tone) for tone in TONES]),  # type: ignore[arg-type]
        layout("cluster", *[money_cell(literal(figure)) for figure in figures]),
        layout("cluster", time_cell(literal(at(30))), time_cell(literal(Moment()))),
        title="Badges, figures, times",
    )


def _form() -> rx.Component:
    errors = {"limit": "Must be above zero", "": "Another operator changed this limit meanwhile"}
    fields = [
        Field("scope", "Applies to", "select", options=[("desk", "Desk"), ("account", "Account")]),
        Field(
            "limit",
            "Limit",
            "number",
            hint="Refuses above it",
            unit="USDT",
            value="-5",
            required=True,
        ),
        Field("note", "Reason", "textarea", hint="Kept in the audit log", placeholder="Why"),
    ]
    return card(
        rx.el.div(
            form_problem(literal(errors)),
            *fields_of(fields, errors),
            secret_field(
                name="api_secret", label="API secret", hint="Sealed at once; nobody can read it"
            ),
            class_name="form",
        ),
        title="Form",
    )


def _facts() -> rx.Component:
    return card(
        description_list(
            [
                ("Client order id", rx.el.code("ptp7q2k5m3x-1"), "ptp7q2k5m3x-1"),
                ("Side", "BUY"),
                ("Quantity", "0.042 BTC"),
                ("State", status_badge("active", ACCOUNT_STATUS)),
            ]
        ),
        title="Facts",
    )


def _empty_tables() -> rx.Component:
    column = Column("Account", lambda row: row.account, phone="title")
    nothing: Any = literal(rows()[:0], like=list[SampleRow])
    return layout(
        "stack",
        data_table(
            label="Empty",
            columns=[column],
            rows=nothing,
            empty=empty_state(
                title="No accounts yet",
                body="Connect a customer's exchange key to start.",
                action=button("Connect account", intent="primary"),
            ),
        ),
        data_table(
            label="Filtered",
            columns=[column],
            rows=nothing,
            filtered=literal(True),
            on_reset=_nothing,
        ),
    )


def _notices() -> rx.Component:
    column = Column("Account", lambda row: row.account, phone="title")
    nothing: Any = literal(rows()[:0], like=list[SampleRow])
    return layout(
        "stack",
        notice("Four-eyes is off: you approve your own acts."),
        notice("Prices stand still: the replay has ended.", tone="warning"),
        notice("3 positions have no live stop.", tone="danger"),
        data_table(label="Loading", columns=[column] * 3, rows=nothing, loading=literal(True)),
        data_table(
            label="Failed",
            columns=[column],
            rows=nothing,
            error=literal("Incident 8f21c0a7b1d4"),
            on_retry=_nothing,
        ),
    )


def _toasts() -> Any:
    return literal(
        [
            Toast("a", "Limit saved"),
            Toast("b", "Flatten Sample account 3", "In progress …", "info", "/system"),
            Toast("c", "Refused", "Trading is halted for the desk", "danger"),
        ]
    )
