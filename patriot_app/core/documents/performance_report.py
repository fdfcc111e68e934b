"""A performance report on paper and as CSV: the figures of the page of performance."""

from collections.abc import Sequence
from decimal import Decimal

from patriot_app.core.documents.paper import Line, Paper
from patriot_app.core.domain import csv_files, figures
from patriot_app.core.domain.daily_returns import by_month, growth
from patriot_app.core.domain.measures import Measure
from patriot_app.core.domain.report_schedule import ReportSubject, period_name
from patriot_app.core.domain.track_record import TrackRecord, track_record
from patriot_app.core.queries.performance import Attribution
from patriot_app.core.queries.performance_reports import ReportFigures

KINDS = {
    ReportSubject.CLIENT: "Client",
    ReportSubject.ACCOUNT: "Account",
    ReportSubject.STRATEGY: "Strategy",
}
NO_DAYS = "Nothing was read of these days, so there is nothing to report."


def file_name(found: ReportFigures) -> str:
    """Return the name of the file, without its ending."""
    return f"performance-{found.period.first:%Y-%m-%d}"


def as_pdf(found: ReportFigures) -> bytes:
    """Print the report; the same figures make the same bytes."""
    name = f"Performance, {period_name(found.period)}"
    paper = Paper(name, made_at=found.made_at, footer_text=name)
    paper.title_line(name, below=f"{KINDS[found.kind]} {found.course.name}")
    if not found.course.days:
        paper.paragraph(NO_DAYS)
        return paper.printed()
    paper.heading("Results")
    record = track_record(found.course.days)
    paper.lines(_results(record))
    paper.heading("Risk")
    paper.lines(_risk(record))
    if found.parts:
        paper.heading("By strategy, as booked")
        paper.lines(_parts(found.parts))
    months = by_month(found.course.days)
    if len(months) > 1:
        paper.heading("By month")
        paper.lines(
            [Line(f"{one.month:%B %Y}", f"{figures.signed(one.profit)} USDT") for one in months]
        )
    paper.paragraph(
        "Days are whole days of market time, UTC. Returns are for display; a fee is made from money"
        " profit, never from a return. Past results promise nothing.",
        is_small=True,
    )
    return paper.printed()


def as_csv(found: ReportFigures) -> bytes:
    """Write the days of the report, figures with every digit."""
    grown = dict(growth(found.course.days))
    heads = ["day", "equity_usdt", "flow_usdt", "profit_usdt", "daily_return", "return_so_far"]
    rows = [
        [one.day, one.equity, one.flow, one.profit, one.daily_return, grown.get(one.day)]
        for one in found.course.days
    ]
    return csv_files.as_csv(heads, rows).encode()


def _results(record: TrackRecord) -> list[Line]:
    return [
        Line("Equity at the end", f"{figures.grouped(record.equity)} USDT"),
        Line(
            "Profit", f"{figures.signed(record.profit)} USDT", "Deposits and withdrawals left out"
        ),
        Line("Deposits less withdrawals", f"{figures.signed(record.flows)} USDT"),
        Line("Return, time-weighted", _fraction(record.time_weighted), "Daily returns, chained"),
        Line("Return, Modified Dietz", _fraction(record.modified_dietz)),
    ]


def _risk(record: TrackRecord) -> list[Line]:
    fall = record.drawdown
    return [
        Line(
            "Deepest drawdown",
            f"{figures.grouped(fall.amount)} USDT",
            f"{_measure(fall.fraction, per_cent=True)}, {fall.days} days from its peak",
        ),
        Line("Volatility, a year", _measure(record.volatility, per_cent=True)),
        Line("Sharpe ratio", _measure(record.sharpe)),
        Line("Days with profit", f"{record.wins} of {record.wins + record.losses}"),
    ]


def _parts(parts: Sequence[Attribution]) -> list[Line]:
    return [
        Line(
            one.name or "No strategy",
            f"{figures.signed(one.part.total)} USDT",
            f"Funding {figures.signed(one.part.funding)}, commission"
            f" {figures.signed(one.part.commission)}",
        )
        for one in parts
    ]


def _fraction(value: Decimal | None) -> str:
    return "not defined" if value is None else f"{figures.signed(value * 100)} %"


def _measure(measure: Measure, *, per_cent: bool = False) -> str:
    if measure.value is None:
        return f"not shown: {measure.why}"
    value = Decimal(str(measure.value))
    return f"{figures.grouped(value * 100)} %" if per_cent else figures.grouped(value)
