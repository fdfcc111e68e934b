"""Strategies ranked: returns, risk and money, who falls behind, and how money could be divided."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.users import RiskProfile
from patriot_app.web import format, routes
from patriot_app.web.console.strategy_ranking.rows import COHORT_MONTHS, VERDICTS
from patriot_app.web.console.strategy_ranking.state import StrategyRankingState
from patriot_app.web.kit import (
    Column,
    Field,
    Filter,
    amount_cell,
    button,
    card,
    data_table,
    empty_state,
    filter_bar,
    form_dialog,
    layout,
    money_cell,
    notice,
    page_head,
    shown_if,
    status_badge,
    tabs,
    two_lines,
)
from patriot_app.web.parts.returns import PERIODS
from patriot_app.web.shell import console_page

COLUMNS = [
    Column("Strategy", lambda row: row.name, phone="title"),
    Column("Verdict", lambda row: status_badge(row.verdict, VERDICTS)),
    Column("Accounts", lambda row: amount_cell(row.accounts), align="end"),
    Column("Under management", lambda row: money_cell(row.managed), align="end"),
    Column("Result", lambda row: money_cell(row.profit), align="end"),
    Column("Time-weighted", lambda row: money_cell(row.gained), align="end"),
    Column("Sharpe", lambda row: money_cell(row.sharpe), align="end"),
    Column("Volatility", lambda row: money_cell(row.volatility), align="end"),
    Column("Deepest drawdown", lambda row: money_cell(row.drawdown), align="end"),
]
SUGGESTION_COLUMNS = [
    Column("Method", lambda row: two_lines(row.id, row.note), phone="title"),
    Column("Shares", lambda row: row.shares),
    Column("Sharpe, first half", lambda row: money_cell(row.promised), align="end"),
    Column("Sharpe, second half", lambda row: money_cell(row.kept), align="end"),
]
FILTERS = [
    Filter(name, label, [(item.value, format.label(item.value)) for item in kind])
    for name, label, kind in (
        ("exchange", "Any exchange", Exchange),
        ("mode", "Any mode", AccountMode),
        ("risk_profile", "Any risk profile", RiskProfile),
    )
]


@console_page(
    routes.STRATEGY_RANKING,
    title="Strategies ranked",
    on_load=StrategyRankingState.load,
    topics="performance",
)
def strategy_ranking_page() -> rx.Component:
    """Return the page."""
    state: Any = StrategyRankingState
    return layout(
        "stack",
        page_head(
            "Strategies ranked",
            hint="By what was booked on each strategy's share of the accounts' equity. Losing: a"
            " negative return or result. Behind: a Sharpe ratio below the median of at least three.",
            actions=[
                button("Performance", href=routes.PERFORMANCE),
                button("Export CSV", icon="download", on_click=state.export),
            ],
        ),
        shown_if(state.error != "", notice(state.error, tone="danger")),
        tabs(
            [(period.value, label) for period, label in PERIODS.items()],
            value=state.period,
            on_change=state.choose_period,
        ),
        filter_bar(
            search=state.search,
            filters=FILTERS,
            values=state.filters,
            on_filter=state.set_filter,
            on_reset=state.reset_filters,
        ),
        _ranking(),
        _suggestions(),
        _cohorts(),
        _benchmarks(),
        _dialog(),
    )


def _ranking() -> rx.Component:
    state: Any = StrategyRankingState
    return data_table(
        label="Strategies",
        columns=COLUMNS,
        rows=state.rows,
        on_row_click=state.open_strategy,
        loading=state.loading,
        filtered=state.filtered,
        on_reset=state.reset_filters,
        empty=empty_state(
            title="No strategy has a day yet",
            body="A day appears with a deployment's first accounts.",
            action=button("Strategies", href=routes.STRATEGIES),
        ),
        test_id="ranking-table",
    )


def _suggestions() -> rx.Component:
    state: Any = StrategyRankingState
    return card(
        data_table(
            label="Suggested shares",
            columns=SUGGESTION_COLUMNS,
            rows=state.suggestions,
            loading=state.loading,
            test_id="suggestions-table",
        ),
        title="How money could be divided",
        hint="Learnt from the first half of the days, tried on the second: where the second ratio"
        " is far below the first, the method promised too much. Nothing trades by it.",
        flush=True,
    )


def _cohorts() -> rx.Component:
    state: Any = StrategyRankingState

    def of_month(number: int) -> Column:
        return Column(f"+{number}", lambda row: amount_cell(row.kept[number]), align="end")

    return card(
        data_table(
            label="Clients who stay",
            columns=[
                Column("Began", lambda row: row.id, phone="title"),
                Column("Clients", lambda row: amount_cell(row.clients), align="end"),
                *(of_month(number) for number in range(COHORT_MONTHS)),
            ],
            rows=state.cohorts,
            loading=state.loading,
            empty=empty_state(
                title="No mandate has begun", body="A cohort begins with its first mandate."
            ),
            test_id="cohorts-table",
        ),
        title="Clients who stay",
        hint="Of those whose first mandate began in a month, the share with one in force so many"
        " months later",
        actions=[button("CSV", icon="download", on_click=state.export_cohorts)],
        flush=True,
    )


def _benchmarks() -> rx.Component:
    state: Any = StrategyRankingState
    return card(
        rx.cond(
            state.benchmarks != "",
            rx.el.p(state.benchmarks),
            empty_state(
                title="No benchmark yet",
                body="BTC and ETH come from stored candles; import any other.",
            ),
        ),
        title="Benchmarks",
        hint="What results are compared to; closes of a day",
        actions=[
            button(
                "Import a benchmark",
                icon="upload",
                on_click=state.ask_file,
                disabled_reason=state.blocked,
            )
        ],
    )


def _dialog() -> rx.Component:
    state: Any = StrategyRankingState
    return form_dialog(
        open=state.form == "benchmark",
        on_close=state.dismiss,
        title="Import a benchmark",
        hint="The text of a CSV file with the heading date,close and one line a day, such as"
        " 2026-05-31,5321.07. It replaces all days of a benchmark of that name.",
        fields=[
            Field("name", "Name", required=True, placeholder="S&P 500"),
            Field("file", "CSV", "textarea", required=True, placeholder="date,close"),
        ],
        on_submit=state.import_benchmark,
        errors=state.errors,
        submit_label="Import",
    )
