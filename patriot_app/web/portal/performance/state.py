"""How a client's money did: profit without his deposits, drawdown, and the fee so far."""

from collections.abc import Mapping
from datetime import date
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.benchmarks import daily_returns
from patriot_app.core.domain.daily_returns import Period
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.track_record import track_record
from patriot_app.core.queries import billing as billing_queries
from patriot_app.core.queries import ledger_days as ledger_queries
from patriot_app.core.queries import performance as performance_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.performance import Course as Days
from patriot_app.core.queries.performance import Subject, SubjectKind
from patriot_app.core.queries.portfolio import Span
from patriot_app.web import live, table_export
from patriot_app.web.auth import requires
from patriot_app.web.kit import Choice, Lines, Plot, lines, plot
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.fees import FeeRow, fee_row
from patriot_app.web.parts.flows import FlowRow, flow_rows
from patriot_app.web.parts.ownership import owner
from patriot_app.web.parts.returns import (
    DAYS_CSV,
    MetricRow,
    YearRow,
    benchmark_percent,
    growth_percent,
    metric_rows,
    year_rows,
)
from patriot_app.web.portal.performance.rows import Course, course

TOPICS = "equity fees ledger"
PERIODS = {
    Span.WEEK: Period.WEEK,
    Span.MONTH: Period.MONTH,
    Span.YEAR: Period.YEAR,
    Span.ALL: Period.ALL,
}
"""The days that belong to a stretch of the curve."""
DAYS_FRESH_S = 30.0


class PerformanceState(rx.State):
    """The signed-in client's own course and fees."""

    profit: Plot = Plot()
    course: Course = Course()
    fees: list[FeeRow] = []
    flows: list[FlowRow] = []
    growth: Lines = Lines()
    years: list[YearRow] = []
    years_money: list[YearRow] = []
    metrics: list[MetricRow] = []
    benchmarks: list[Choice] = []
    chosen: dict[str, str] = {"benchmark": ""}
    view: str = "return"
    span: str = Span.MONTH.value
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own course; whose it is comes from his session."""
        try:
            await self._load_course()
            await self._load_days()
            _, client_id = owner()
            request = PageRequest(filters={"client_id": str(client_id)})
            accruals = await self._read(billing_queries.accruals, request)
            self.fees = [fee_row(one) for one in accruals.items]
            self.flows = flow_rows(await self._read(ledger_queries.flows, client_id))
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def choose_span(self, span: str) -> None:
        """Show another stretch."""
        self.span = Span(span).value
        await self._load_course()
        await self._load_days()

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    def choose_view(self, view: str) -> None:
        """Show the months as money or as returns."""
        self.view = "money" if view == "money" else "return"

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def choose_benchmark(self, name: str, value: str) -> None:
        """Draw a benchmark beside his own course; none: away with it."""
        known = {choice.value for choice in self.benchmarks}
        self.chosen = {"benchmark": value if name == "benchmark" and value in known else ""}
        await self._load_days()

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def export(self) -> Any:
        """Save the days of the stretch as CSV."""
        days = await self._own_days()
        cells = [[value(day) for _, value in DAYS_CSV] for day in days.days]
        text = table_export.cells_as_csv([head for head, _ in DAYS_CSV], cells)
        return table_export.download(text, name="performance", now=SystemClock().now())

    async def _load_course(self) -> None:
        _, client_id = owner()
        curve = await self._read(
            portfolio_queries.equity_curve, span=Span(self.span), client_id=client_id
        )
        self.profit = plot([(point.at, point.profit) for point in curve])
        self.course = course(curve)

    async def _load_days(self) -> None:
        actor, _ = owner()
        days = await self._own_days()
        names = await self._read(performance_queries.benchmarks)
        self.benchmarks = [Choice(name, name) for name in names]
        asked = self.chosen["benchmark"]
        returns: Mapping[date, float] = {}
        if asked and days.days:
            closes = await performance_queries.closes(
                actor, asked, first=days.days[0].day, end=days.end
            )
            returns = daily_returns(closes)
        series = [("You", growth_percent(days.days))]
        if returns:
            series.append((asked, benchmark_percent(returns, days.days)))
        self.growth = lines(series)
        self.years = year_rows(days.days, in_money=False)
        self.years_money = year_rows(days.days, in_money=True)
        record = track_record(days.days, benchmark=returns) if days.days else None
        self.metrics = metric_rows(record, benchmark=asked if returns else "") if record else []

    async def _own_days(self) -> Days:
        actor, client_id = owner()
        days: Days = await live.shared(
            str(client_id),
            "performance",
            performance_queries.course,
            actor,
            Subject(SubjectKind.CLIENT, client_id),
            PERIODS.get(Span(self.span), Period.MONTH),
            fresh_s=DAYS_FRESH_S,
        )
        return days

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args, **kwargs)
