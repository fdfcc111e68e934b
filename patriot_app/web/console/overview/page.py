"""The overview: totals, the halt switch, what needs a person, and the newest fan-outs."""

from typing import Any

import reflex as rx

from patriot_app.core.queries.portfolio import Span
from patriot_app.web import format, routes
from patriot_app.web.console.overview.rows import SEVERITIES
from patriot_app.web.console.overview.state import OverviewState
from patriot_app.web.kit import (
    Column,
    amount_cell,
    button,
    card,
    data_table,
    empty_state,
    equity_chart,
    layout,
    notice,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    tabs,
    time_cell,
    two_lines,
)
from patriot_app.web.parts.halt_switch import (
    halt_actions,
    halt_dialogs,
    halt_hint,
    halts_in_force,
)
from patriot_app.web.parts.signals import ACTIONS, outcome_bar
from patriot_app.web.shell import console_page, link

TOPICS = "equity positions orders fan_outs signals halts heartbeats accounts system commands"
FAN_OUT_COLUMNS = [
    Column("Signal", lambda row: two_lines(row.symbol, row.origin), phone="title"),
    Column("Action", lambda row: status_badge(row.action, ACTIONS)),
    Column("Accounts", lambda row: outcome_bar(row)),
    Column("Filled", lambda row: amount_cell(row.progress), align="end"),
    Column("p50 / p95", lambda row: amount_cell(row.latency), align="end"),
    Column("Recorded", lambda row: time_cell(row.at), align="end"),
]
INBOX_COLUMNS = [
    Column(
        "What",
        lambda row: two_lines(link(row.title, to=row.href), row.detail),
        phone="title",
    ),
    Column(
        "Since",
        lambda row: two_lines(status_badge(row.severity, SEVERITIES), time_cell(row.since)),
        align="end",
    ),
]


@console_page(routes.OVERVIEW, title="Overview", on_load=OverviewState.load, topics=TOPICS)
def overview_page() -> rx.Component:
    """Return the page."""
    state: Any = OverviewState
    return layout(
        "stack",
        page_head("Overview", hint=halt_hint(state), actions=halt_actions(state)),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        shown_if(state.totals.stale != "", notice(state.totals.stale, tone="warning")),
        _money(),
        halts_in_force(state),
        layout("grid", _chart(), _inbox()),
        _fan_outs(),
        halt_dialogs(state),
    )


def _money() -> rx.Component:
    state: Any = OverviewState
    totals, machine = state.totals, state.machine
    figures = [
        ("Under management", totals.equity, None, totals.equity_hint),
        ("Profit today", totals.day, totals.day_return, "since 00:00 UTC, market time"),
        ("Net exposure", totals.net, None, totals.net_hint),
        ("Gross exposure", totals.gross, None, totals.gross_hint),
        ("Unrealised", totals.unrealised, None, totals.unrealised_hint),
        ("Available", totals.margin, None, totals.margin_hint),
        ("Without a stop", totals.unprotected, None, totals.unprotected_hint),
        ("Running deployments", totals.running, None, totals.running_hint),
        ("Accounts ready", machine.ready, None, machine.ready_hint),
        ("Daemon", machine.daemon, None, machine.daemon_hint),
        ("Market time", machine.market, None, machine.market_hint),
        ("Drawdown", totals.drawdown, None, "from the peaks of all accounts"),
    ]
    return layout(
        "stats",
        *[
            stat_card(label=label, value=value, delta=delta, hint=hint, loading=state.loading)
            for label, value, delta, hint in figures
        ],
    )


def _chart() -> rx.Component:
    state: Any = OverviewState
    spans: list[tuple[str, Any]] = [
        (span.value, format.label(span.value)) for span in (Span.DAY, Span.WEEK, Span.MONTH)
    ]
    return card(
        tabs(spans, value=state.span, on_change=state.show_span),
        equity_chart(
            state.chart,
            label="Equity under management",
            empty="The first reading comes with the next minute of market time.",
        ),
        title="Equity under management",
        hint="USDT in market time, all accounts",
    )


def _inbox() -> rx.Component:
    state: Any = OverviewState
    return card(
        data_table(
            label="What needs a person",
            columns=INBOX_COLUMNS,
            rows=state.inbox,
            loading=state.loading,
            empty=empty_state(
                title="Nothing needs you",
                body="Missing stops, unknown orders, failing keys and differences appear here.",
                icon="circle-check",
            ),
            test_id="inbox",
        ),
        title="Needs a person",
        hint=rx.cond(state.inbox_hint != "", state.inbox_hint, "Worst first"),
        flush=True,
    )


def _fan_outs() -> rx.Component:
    state: Any = OverviewState
    return card(
        data_table(
            label="Newest fan-outs",
            columns=FAN_OUT_COLUMNS,
            rows=state.fan_outs,
            on_row_click=state.open_grid,
            loading=state.loading,
            empty=empty_state(
                title="No signals yet",
                body="A running deployment decides at each closed bar.",
                action=button("Strategies", href=routes.STRATEGIES),
            ),
            test_id="fan-outs",
        ),
        title="Newest fan-outs",
        hint="From the recorded signal to the exchanges' acknowledgements",
        actions=[button("All signals", on_click=rx.redirect(routes.SIGNALS))],
        flush=True,
    )
