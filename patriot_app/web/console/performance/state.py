"""Results of the desk, a strategy, a client or an account; up to five beside each other."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.benchmarks import daily_returns
from patriot_app.core.domain.daily_returns import Period, by_month
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.track_record import TrackRecord, track_record
from patriot_app.core.queries import performance
from patriot_app.core.queries.performance import SUBJECTS_MAX, Course, Segment, Subject
from patriot_app.web import live, table_export
from patriot_app.web.actions import say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.performance.rows import (
    DESK,
    PARTS_CSV,
    ComparedRow,
    MatchRow,
    PartRow,
    compared_row,
    match_row,
    part_rows,
    strategy_name,
    subject_of,
)
from patriot_app.web.kit import Choice, Lines, Plot, lines, plot
from patriot_app.web.parts.outlook import FALLS, HORIZONS, Outlook, outlook
from patriot_app.web.parts.returns import (
    DAYS_CSV,
    MetricRow,
    YearRow,
    benchmark_percent,
    growth_percent,
    metric_rows,
    profit_points,
    year_rows,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "performance"
SLOTS = ("of", "second", "third", "fourth", "fifth")
"""The parameters of the address that name who is compared."""


class PerformanceState(TableMixin, rx.State):
    """The first subject in full, the others in a line each; `rows` are what a search found."""

    rows: list[MatchRow] = []
    name: str = ""
    span: str = ""
    period: str = Period.MONTH.value
    metrics: list[MetricRow] = []
    growth: Lines = Lines()
    profit: Plot = Plot()
    years: list[YearRow] = []
    years_money: list[YearRow] = []
    parts: list[PartRow] = []
    compared: list[ComparedRow] = []
    benchmarks: list[Choice] = []
    outlook: Outlook = Outlook()
    has_days: bool = False

    _filter_names = (
        *SLOTS,
        "period",
        "benchmark",
        "exchange",
        "mode",
        "risk_profile",
        "horizon",
        "fall",
    )

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        try:
            await self._load()
            self.loading, self.error = False, ""
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def choose_period(self, period: str) -> Any:
        """Look at another stretch."""
        return self._show(period=Period(period).value) if period in set(Period) else None

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def look_at(self, key: str) -> Any:
        """Look at one alone; what narrows stays."""
        if subject_of(key) is None:
            return None
        return self._show(**dict.fromkeys(SLOTS[1:], ""), of=key, q="")

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def compare(self, key: str) -> Any:
        """Put one more beside those that are shown; again: take it away."""
        if subject_of(key) is None:
            return None
        keys = self._keys()
        kept = [one for one in keys if one != key] if key in keys else [*keys, key]
        if len(kept) > SUBJECTS_MAX:
            return say(f"At most {SUBJECTS_MAX} are compared; take one away", tone="danger")
        filled = [*(kept or [DESK]), *[""] * SUBJECTS_MAX][:SUBJECTS_MAX]
        return self._show(**dict(zip(SLOTS, filled, strict=True)))

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export_days(self) -> Any:
        """Save the days of all that are shown."""
        cells = [
            [course.name, *(value(day) for _, value in DAYS_CSV)]
            for course in await self._courses()
            for day in course.days
        ]
        return self._saved("days", ["name", *(head for head, _ in DAYS_CSV)], cells)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export_months(self) -> Any:
        """Save the months of all that are shown."""
        cells = [
            [course.name, f"{month.month:%Y-%m}", month.profit, month.gained]
            for course in await self._courses()
            for month in by_month(course.days)
        ]
        return self._saved("months", ["name", "month", "profit_usdt", "return"], cells)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export_figures(self) -> Any:
        """Save the figures as they are shown, with the reasons of those that are not."""
        cells = [[row.name, row.value.text, row.value.unit, row.note] for row in self.metrics]
        return self._saved("figures", ["figure", "value", "unit", "note"], cells)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export_parts(self) -> Any:
        """Save what each strategy brought."""
        parts = await self._parts(self._subjects()[0])
        cells = [[value(one) for _, value in PARTS_CSV] for one in parts]
        return self._saved("strategies", [head for head, _ in PARTS_CSV], cells)

    async def _load(self) -> None:
        courses = await self._courses()
        first = courses[0]
        returns = await self._benchmark(first)
        records = [self._record(course, returns) for course in courses]
        self.name, self.period = first.name, self._period().value
        self.has_days = bool(first.days)
        self.span = f"{first.first} to {first.end}, last day excluded; market time, UTC"
        self.metrics = (
            metric_rows(records[0], benchmark=self.filters["benchmark"]) if records[0] else []
        )
        series = [(course.name, growth_percent(course.days)) for course in courses]
        if returns:
            series.append((self.filters["benchmark"], benchmark_percent(returns, first.days)))
        self.growth = lines(series)
        self.profit = plot(profit_points(first.days))
        self.years = year_rows(first.days, in_money=False)
        self.years_money = year_rows(first.days, in_money=True)
        self.compared = [compared_row(*pair) for pair in zip(courses, records, strict=True)]
        self.parts = part_rows(await self._parts(first.subject))
        self._foresee(first)
        await self._search()

    def _foresee(self, course: Course) -> None:
        horizon = HORIZONS.get(self.filters["horizon"])
        fall = FALLS.get(self.filters["fall"], FALLS["10"])
        asked = horizon is not None and bool(course.days)
        self.outlook = outlook(course.days, horizon=horizon or 0, fall=fall) if asked else Outlook()

    async def _search(self) -> None:
        actor = current_actor()
        names = await live.shared(live.scope_of(actor), TOPICS, performance.benchmarks, actor)
        self.benchmarks = [Choice(name, name) for name in names]
        found = await performance.find(actor, self.search) if self.search.strip() else ()
        self.rows = [match_row(match) for match in found]

    async def _courses(self) -> list[Course]:
        actor = current_actor()
        return [
            await live.shared(
                live.scope_of(actor),
                TOPICS,
                performance.course,
                actor,
                subject,
                self._period(),
                self._segment(),
                fresh_s=30.0,
            )
            for subject in self._subjects()
        ]

    async def _parts(self, subject: Subject) -> Sequence[Any]:
        actor = current_actor()
        found: Sequence[Any] = await live.shared(
            live.scope_of(actor),
            TOPICS,
            performance.attribution,
            actor,
            subject,
            self._period(),
            self._segment(),
            fresh_s=30.0,
        )
        return sorted(found, key=lambda one: (strategy_name(one) == "No strategy", one.name))

    async def _benchmark(self, course: Course) -> Any:
        name = self.filters["benchmark"]
        if not name or not course.days:
            return {}
        actor = current_actor()
        closes = await performance.closes(actor, name, first=course.days[0].day, end=course.end)
        return daily_returns(closes)

    @staticmethod
    def _record(course: Course, returns: Any) -> TrackRecord | None:
        return track_record(course.days, benchmark=returns) if course.days else None

    def _keys(self) -> list[str]:
        keys = [self.filters.get(slot, "") for slot in SLOTS]
        return list(dict.fromkeys(key for key in keys if subject_of(key) is not None)) or [DESK]

    def _subjects(self) -> list[Subject]:
        return [subject for key in self._keys() if (subject := subject_of(key)) is not None]

    def _period(self) -> Period:
        given = self.filters.get("period", "")
        return Period(given) if given in set(Period) else Period.MONTH

    def _segment(self) -> Segment:
        return Segment(
            **{name: self.filters.get(name, "") for name in ("exchange", "mode", "risk_profile")}
        )

    @staticmethod
    def _saved(name: str, heads: Sequence[str], cells: Sequence[Sequence[Any]]) -> Any:
        text = table_export.cells_as_csv(heads, cells)
        return table_export.download(text, name=f"performance-{name}", now=SystemClock().now())
