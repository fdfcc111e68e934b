"""Strategies ranked, shares suggested, cohorts of clients, and benchmarks imported."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.daily_returns import Period
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import performance, rankings
from patriot_app.core.queries.performance import Segment
from patriot_app.core.services import benchmarks
from patriot_app.web import live, routes, table_export
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.strategy_ranking.rows import (
    CohortRow,
    RankedRow,
    SuggestionRow,
    cohort_rows,
    ranked_rows,
    suggestion_rows,
)
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "performance"
FILE_MAX = 200_000


class BenchmarkForm(pydantic.BaseModel):
    """A file of closes under a name."""

    name: str = pydantic.Field(min_length=1, max_length=60)
    file: str = pydantic.Field(min_length=1, max_length=FILE_MAX)


class StrategyRankingState(TableMixin, DialogMixin, rx.State):
    """The ranking and what belongs to it."""

    rows: list[RankedRow] = []
    suggestions: list[SuggestionRow] = []
    cohorts: list[CohortRow] = []
    benchmarks: str = ""
    period: str = Period.QUARTER.value
    blocked: str = ""

    _filter_names = ("period", "exchange", "mode", "risk_profile")

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.BENCHMARKS_WRITE)
        given = self.filters["period"]
        self.period = given if given in set(Period) else Period.QUARTER.value
        actor = current_actor()
        scope = live.scope_of(actor)
        try:
            strategies = await live.shared(
                scope,
                TOPICS,
                rankings.strategies,
                actor,
                Period(self.period),
                self._segment(),
                fresh_s=30.0,
            )
            cohorts = await live.shared(scope, "fees", rankings.cohorts, actor, fresh_s=60.0)
            names = await live.shared(scope, TOPICS, performance.benchmarks, actor)
            self.rows = ranked_rows(strategies)
            self.suggestions = suggestion_rows(strategies)
            self.cohorts = cohort_rows(cohorts)
            self.benchmarks = ", ".join(names)
            self.loading, self.error = False, ""
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def choose_period(self, period: str) -> Any:
        """Look at another stretch."""
        return self._show(period=period) if period in set(Period) else None

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def open_strategy(self, key: str) -> Any:
        """Show the performance of one strategy."""
        if key not in {row.id for row in self.rows}:
            return None
        return rx.redirect(routes.with_query(routes.PERFORMANCE, of=key, period=self.period))

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def export(self) -> Any:
        """Save the ranking as it is shown."""
        heads = [
            "strategy",
            "accounts",
            "managed_usdt",
            "profit_usdt",
            "time_weighted_percent",
            "sharpe",
            "volatility_percent",
            "deepest_drawdown_percent",
            "verdict",
        ]
        cells = [
            [
                row.name,
                row.accounts,
                row.managed.text,
                row.profit.text,
                row.gained.text,
                row.sharpe.text,
                row.volatility.text,
                row.drawdown.text,
                row.verdict,
            ]
            for row in self.rows
        ]
        return self._saved("strategies", heads, cells)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def export_cohorts(self) -> Any:
        """Save the cohorts as they are shown."""
        heads = ["began", "clients", *(f"month_{number}" for number in range(12))]
        cells = [[row.id, row.clients, *row.kept] for row in self.cohorts]
        return self._saved("clients", heads, cells)

    @rx.event
    @requires(Permission.BENCHMARKS_WRITE)
    def ask_file(self) -> None:
        """Open the form of an import."""
        self._open_form("benchmark")

    @rx.event
    @requires(Permission.BENCHMARKS_WRITE, BenchmarkForm)
    async def import_benchmark(self, form: BenchmarkForm) -> Any:
        """Take a benchmark from a file."""
        outcome = await perform(
            benchmarks.import_closes, form.name, form.file, done="The benchmark is imported"
        )
        return self._settle(outcome)

    def _segment(self) -> Segment:
        return Segment(
            exchange=self.filters["exchange"],
            mode=self.filters["mode"],
            risk_profile=self.filters["risk_profile"],
        )

    @staticmethod
    def _saved(name: str, heads: list[str], cells: list[list[str]]) -> Any:
        text = table_export.cells_as_csv(heads, cells)
        return table_export.download(text, name=name, now=SystemClock().now())
