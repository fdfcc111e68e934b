"""Performance: figures, curves, months and outlook of whom one looks at."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.users import RiskProfile
from patriot_app.web import format, routes
from patriot_app.web.console.performance.state import PerformanceState
from patriot_app.web.kit import (
    Column,
    Filter,
    button,
    card,
    data_table,
    empty_state,
    equity_chart,
    filter_bar,
    layout,
    lines_chart,
    money_cell,
    notice,
    page_head,
    shown_if,
    status_badge,
    tabs,
    two_lines,
)
from patriot_app.web.parts.outlook import FALLS, HORIZONS, REGIMES
from patriot_app.web.parts.returns import (
    METRIC_COLUMNS,
    PERIODS,
    WHY_THEY_DIFFER,
    year_columns,
)
from patriot_app.web.shell import console_page

NO_DAYS = "No day of this period has been summed up yet; the first comes with its first reading."
MATCH_COLUMNS = [
    Column("Found", lambda row: two_lines(row.name, row.detail), phone="title"),
    Column("What", lambda row: row.kind),
    Column("Compare", lambda row: _compare(row), align="end"),
]
COMPARED_COLUMNS = [
    Column("Who", lambda row: two_lines(row.name, row.kind), phone="title"),
    Column("Equity", lambda row: money_cell(row.equity), align="end"),
    Column("Money profit", lambda row: money_cell(row.profit), align="end"),
    Column("Time-weighted", lambda row: money_cell(row.gained), align="end"),
    Column("Sharpe", lambda row: money_cell(row.sharpe), align="end"),
    Column("Volatility", lambda row: money_cell(row.volatility), align="end"),
    Column("Deepest drawdown", lambda row: money_cell(row.drawdown), align="end"),
    Column("Compare", lambda row: _compare(row), align="end"),
]
PART_COLUMNS = [
    Column("Strategy", lambda row: row.name, phone="title"),
    Column("Realised", lambda row: money_cell(row.realised), align="end"),
    Column("Funding", lambda row: money_cell(row.funding), align="end"),
    Column("Commission", lambda row: money_cell(row.commission), align="end"),
    Column("Result", lambda row: money_cell(row.total), align="end"),
]


@console_page(
    routes.PERFORMANCE, title="Performance", on_load=PerformanceState.load, topics="performance"
)
def performance_page() -> rx.Component:
    """Return the page."""
    state: Any = PerformanceState
    return layout(
        "stack",
        page_head(
            rx.cond(state.name != "", "Performance · " + state.name, "Performance"),
            hint=state.span,
            actions=[
                button("Strategies", href=routes.STRATEGY_RANKING),
                button("Spread of fills", href=routes.FILL_SPREAD),
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        tabs(
            [(period.value, label) for period, label in PERIODS.items()],
            value=state.period,
            on_change=state.choose_period,
        ),
        _narrowing(),
        _found(),
        _curves(),
        _compared(),
        _parts(),
        layout("grid", _figures(), _outlook()),
        _months(),
    )


def _narrowing() -> rx.Component:
    state: Any = PerformanceState
    choices = [
        Filter("benchmark", "No benchmark", state.benchmarks),
        Filter("exchange", "Any exchange", _options(Exchange)),
        Filter("mode", "Any mode", _options(AccountMode)),
        Filter("risk_profile", "Any risk profile", _options(RiskProfile)),
        Filter("horizon", "No outlook", [(days, f"Next {days} days") for days in HORIZONS]),
        Filter("fall", "Drawdown 10 %", [(fall, f"Drawdown {fall} %") for fall in FALLS]),
    ]
    return filter_bar(
        search=state.search,
        on_search=state.search_for,
        placeholder="Find a client, account or strategy",
        filters=choices,
        values=state.filters,
        on_filter=state.set_filter,
        on_reset=state.reset_filters,
    )


def _options(kind: Any) -> list[tuple[str, str]]:
    return [(item.value, format.label(item.value)) for item in kind]


def _compare(row: Any) -> rx.Component:
    state: Any = PerformanceState
    is_shown = rx.Var.create(False)
    for slot in ("of", "second", "third", "fourth", "fifth"):
        is_shown = is_shown | (state.filters[slot] == row.id)
    return button(
        rx.cond(is_shown, "Take away", "Compare"),
        intent="quiet",
        on_click=state.compare(row.id).stop_propagation,
    )


def _found() -> rx.Component:
    state: Any = PerformanceState
    return shown_if(
        state.search != "",
        card(
            data_table(
                label="Found",
                columns=MATCH_COLUMNS,
                rows=state.rows,
                on_row_click=state.look_at,
                empty=empty_state(title="Nobody and nothing has such a name", icon="search-x"),
                test_id="found-table",
            ),
            title="Found",
            hint="A click looks at one alone",
            flush=True,
        ),
    )


def _curves() -> rx.Component:
    state: Any = PerformanceState
    return layout(
        "grid",
        card(
            lines_chart(state.growth, label="Time-weighted return", empty=NO_DAYS),
            title="Time-weighted return",
            hint="Per cent, chained daily",
        ),
        card(
            equity_chart(state.profit, label="Money profit", empty=NO_DAYS),
            notice(WHY_THEY_DIFFER),
            title="Money profit and its drawdowns",
            hint="USDT, deposits and withdrawals left out",
        ),
    )


def _compared() -> rx.Component:
    state: Any = PerformanceState
    return card(
        data_table(
            label="Beside each other",
            columns=COMPARED_COLUMNS,
            rows=state.compared,
            on_row_click=state.look_at,
            loading=state.loading,
            empty=empty_state(title="Nobody is chosen"),
            test_id="compared-table",
        ),
        title="Beside each other",
        hint="Up to five; find more above",
        actions=[button("Days as CSV", icon="download", on_click=state.export_days)],
        flush=True,
    )


def _figures() -> rx.Component:
    state: Any = PerformanceState
    return card(
        data_table(
            label="Figures",
            columns=METRIC_COLUMNS,
            rows=state.metrics,
            loading=state.loading,
            empty=empty_state(title="No figures yet", body=NO_DAYS, icon="chart-line"),
            test_id="figures-table",
        ),
        title="Figures",
        actions=[button("CSV", icon="download", on_click=state.export_figures)],
        flush=True,
    )


def _parts() -> rx.Component:
    state: Any = PerformanceState
    return card(
        data_table(
            label="By strategy",
            columns=PART_COLUMNS,
            rows=state.parts,
            loading=state.loading,
            empty=empty_state(title="Nothing was booked in this period"),
            test_id="parts-table",
        ),
        title="By strategy",
        hint="What the exchanges booked; open profit is in no strategy's books",
        actions=[button("CSV", icon="download", on_click=state.export_parts)],
        flush=True,
    )


def _outlook() -> rx.Component:
    state: Any = PerformanceState
    view = state.outlook
    return card(
        rx.cond(
            view.figures.length() > 0,
            layout(
                "stack",
                lines_chart(
                    view.cone,
                    label="Outlook",
                    empty="A cone needs thirty days: choose a longer period.",
                ),
                data_table(
                    label="Outlook in figures",
                    columns=METRIC_COLUMNS,
                    rows=view.figures,
                    test_id="outlook-table",
                ),
                notice("Drawn from past days, so it knows of no crash that they did not have."),
            ),
            empty_state(
                title="No outlook asked for",
                body="Choose how many days ahead among the filters.",
                icon="telescope",
            ),
        ),
        title="Outlook",
        actions=[status_badge(view.regime, REGIMES)],
    )


def _months() -> rx.Component:
    state: Any = PerformanceState
    return layout(
        "stack",
        card(
            data_table(
                label="Months, returns",
                columns=year_columns(),
                rows=state.years,
                empty=empty_state(title="No month yet", body=NO_DAYS, icon="calendar-days"),
                test_id="months-table",
            ),
            title="Months",
            hint="Time-weighted return of each calendar month within the period",
            actions=[button("CSV", icon="download", on_click=state.export_months)],
            flush=True,
        ),
        card(
            data_table(
                label="Months, money",
                columns=year_columns(),
                rows=state.years_money,
                empty=empty_state(title="No month yet", icon="calendar-days"),
                test_id="months-money-table",
            ),
            title="Months in money",
            hint="USDT, deposits and withdrawals left out",
            flush=True,
        ),
    )
