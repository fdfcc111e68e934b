"""Profit, drawdown and the fee so far, explained line by line."""

from typing import Any

import reflex as rx

from patriot_app.core.queries.portfolio import Span
from patriot_app.web import routes
from patriot_app.web.kit import (
    Filter,
    button,
    card,
    data_table,
    empty_state,
    equity_chart,
    filter_bar,
    layout,
    lines_chart,
    notice,
    page_head,
    shown_if,
    stat_card,
    status_badge,
    tabs,
)
from patriot_app.web.kit.types import Text
from patriot_app.web.parts.fee_bridge import fee_bridge
from patriot_app.web.parts.fees import KINDS
from patriot_app.web.parts.flows import flow_table
from patriot_app.web.parts.returns import METRIC_COLUMNS, WHY_THEY_DIFFER, year_columns
from patriot_app.web.portal.performance.state import PerformanceState
from patriot_app.web.shell import portal_page

SPANS: list[tuple[str, Text]] = [
    (Span.WEEK.value, "Week"),
    (Span.MONTH.value, "Month"),
    (Span.YEAR.value, "Year"),
    (Span.ALL.value, "All"),
]


@portal_page(
    routes.MY_PERFORMANCE,
    title="Performance",
    on_load=PerformanceState.load,
    topics="equity fees ledger",
)
def performance_page() -> rx.Component:
    """Return the page."""
    state: Any = PerformanceState
    course: Any = PerformanceState.course
    return layout(
        "stack",
        page_head(
            "Performance",
            hint="Profit is what trading made: deposits and withdrawals are left out.",
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        layout(
            "stats",
            stat_card(label="Profit", value=course.profit, hint=course.span, loading=state.loading),
            stat_card(label="Highest", value=course.best, loading=state.loading),
            stat_card(label="Lowest", value=course.worst, loading=state.loading),
            stat_card(
                label="Deepest drawdown",
                value=course.drawdown,
                hint="from a peak of the stretch",
                loading=state.loading,
            ),
        ),
        card(
            tabs(SPANS, value=state.span, on_change=state.choose_span),
            equity_chart(
                state.profit, label="Your profit", empty="Not enough readings for this stretch."
            ),
            title="Profit",
            hint="Since the stretch began, market time, UTC",
        ),
        _returns(),
        _months(),
        _figures(),
        rx.cond(
            state.fees.length() > 0,
            layout("grid", rx.foreach(state.fees, _fee)),
            card(
                empty_state(title="No fee", body="You have no mandate that charges one."),
                title="Fee so far",
            ),
        ),
        card(
            flow_table(state.flows),
            title="Money in and out",
            hint="Deposits and withdrawals of your accounts, the newest first",
        ),
    )


def _returns() -> rx.Component:
    state: Any = PerformanceState
    return card(
        filter_bar(
            search="",
            filters=[Filter("benchmark", "No benchmark", state.benchmarks)],
            values=state.chosen,
            on_filter=state.choose_benchmark,
        ),
        lines_chart(
            state.growth,
            label="Your time-weighted return",
            empty="Two days are needed; they are counted from your first reading.",
        ),
        notice(WHY_THEY_DIFFER),
        title="Time-weighted return",
        hint="Per cent, each day counts alike however much money was there",
        actions=[button("Days as CSV", icon="download", on_click=state.export)],
    )


def _months() -> rx.Component:
    state: Any = PerformanceState
    empty = empty_state(title="No month yet", icon="calendar-days")
    return card(
        tabs(
            [("return", "Return"), ("money", "Money")],
            value=state.view,
            on_change=state.choose_view,
        ),
        rx.cond(
            state.view == "money",
            data_table(
                label="Months in money",
                columns=year_columns(),
                rows=state.years_money,
                empty=empty,
                test_id="months-money-table",
            ),
            data_table(
                label="Months as returns",
                columns=year_columns(),
                rows=state.years,
                empty=empty,
                test_id="months-table",
            ),
        ),
        title="Months",
        hint="Of the stretch, calendar months in UTC; money in USDT without deposits",
    )


def _figures() -> rx.Component:
    state: Any = PerformanceState
    return card(
        data_table(
            label="Figures",
            columns=METRIC_COLUMNS,
            rows=state.metrics,
            loading=state.loading,
            empty=empty_state(
                title="No figures yet", body="They come with your first day.", icon="chart-line"
            ),
            test_id="figures-table",
        ),
        title="Figures of the stretch",
        flush=True,
    )


def _fee(fee: Any) -> rx.Component:
    return card(
        fee_bridge(fee),
        title=f"Fee so far · {fee.name}",
        hint=fee.period,
        actions=[status_badge(fee.kind, KINDS)],
    )
