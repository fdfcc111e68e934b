"""A track record as text, the same for the desk and for a client."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from decimal import Decimal

from patriot_app.core.domain.daily_returns import DayResult, Period, by_month, growth
from patriot_app.core.domain.measures import Measure
from patriot_app.core.domain.track_record import TrackRecord
from patriot_app.web import format, table_export
from patriot_app.web.format import Figure
from patriot_app.web.kit import Column, money_cell, two_lines

PERIODS: dict[Period, str] = {
    Period.DAY: "1 day",
    Period.WEEK: "7 days",
    Period.MONTH: "30 days",
    Period.QUARTER: "90 days",
    Period.YEAR: "1 year",
    Period.ALL: "All",
    Period.THIS_MONTH: "This month",
    Period.LAST_MONTH: "Last month",
}
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WHY_THEY_DIFFER = (
    "The money profit counts every USDT that was made; the time-weighted return counts each day"
    " alike, however much money was there. So a loss on little money and a gain on much can make a"
    " negative return and a positive profit."
)
DAYS_CSV: table_export.Columns[DayResult] = [
    ("day", lambda one: one.day),
    ("equity_usdt", lambda one: one.equity),
    ("flow_usdt", lambda one: one.flow),
    ("profit_usdt", lambda one: one.profit),
    ("capital_usdt", lambda one: one.capital),
    ("return", lambda one: one.daily_return),
]


@dataclass(frozen=True, slots=True)
class MetricRow:
    """One figure; `note` says what it is, or why it is not shown."""

    id: str = ""
    name: str = ""
    value: Figure = field(default_factory=Figure)
    note: str = ""


@dataclass(frozen=True, slots=True)
class YearRow:
    """A year with its twelve months, as returns or as money."""

    id: str = ""
    months: list[Figure] = field(default_factory=list)
    whole: Figure = field(default_factory=Figure)


METRIC_COLUMNS = [
    Column("Figure", lambda row: two_lines(row.name, row.note), phone="title"),
    Column("Value", lambda row: money_cell(row.value), align="end"),
]


def year_columns() -> list[Column]:
    """Return the columns of the monthly grid."""

    def of_month(number: int) -> Column:
        return Column(MONTHS[number], lambda row: money_cell(row.months[number]), align="end")

    return [
        Column("Year", lambda row: row.id, phone="title"),
        *(of_month(number) for number in range(12)),
        Column("Whole", lambda row: money_cell(row.whole), align="end"),
    ]


def metric_rows(record: TrackRecord, *, benchmark: str) -> list[MetricRow]:
    """Show every figure of a stretch."""
    fall = record.drawdown
    per = f"beside {benchmark}" if benchmark else "choose a benchmark"
    return [
        _plain("Money profit", format.profit(record.profit), "deposits and withdrawals left out"),
        _fraction("Time-weighted return", record.time_weighted, "each day counts alike"),
        _fraction("Modified Dietz", record.modified_dietz, "flows weighed by their days"),
        _percent("Money-weighted return", record.money_weighted, "XIRR, a year"),
        _percent("Growth a year", record.annual_return, f"compounded from {record.days} days"),
        _percent("Volatility", record.volatility, "a year, of daily returns", is_signed=False),
        _number("Sharpe ratio", record.sharpe, "return over volatility, a year of 365 days"),
        _number("Sortino ratio", record.sortino, "return over downside deviation"),
        _number("Calmar ratio", record.calmar, "growth a year over the deepest drawdown"),
        _plain("Deepest drawdown", format.money(fall.amount), f"{fall.days} days from its peak"),
        _percent("Deepest drawdown, share", fall.fraction, "of the peak", is_signed=False),
        _plain("Drawdown now", format.money(fall.current), "below the peak"),
        _percent("Drawdown now, share", fall.current_fraction, "of the peak", is_signed=False),
        _number("Recovery factor", record.recovery_factor, "profit over the deepest drawdown"),
        _number(
            "Profit factor", record.profit_factor, "gains over losses, by days", is_signed=False
        ),
        _percent("Win rate", record.win_rate, _won(record), is_signed=False),
        _plain("Wins in a row", Figure(format.count(record.wins_in_a_row)), "days, at most"),
        _plain("Losses in a row", Figure(format.count(record.losses_in_a_row)), "days, at most"),
        _plain(
            "Deposits less withdrawals", format.profit(record.flows), "with what new accounts held"
        ),
        _plain("Highest equity", format.money(record.best), "at the end of a day"),
        _plain("Lowest equity", format.money(record.worst), "at the end of a day"),
        _percent("Alpha", record.alpha, f"a year, {per}"),
        _number("Beta", record.beta, per),
        _number("Correlation", record.correlation, per),
    ]


def year_rows(days: Sequence[DayResult], *, in_money: bool) -> list[YearRow]:
    """Show the calendar months, newest year first."""
    years: dict[int, list[Figure]] = {}
    for month in by_month(days):
        cells = years.setdefault(month.month.year, [Figure() for _ in MONTHS])
        cells[month.month.month - 1] = (
            format.profit(month.profit, unit="", places=0)
            if in_money
            else format.profit(_hundredfold(month.gained), unit="%", places=1)
        )
    rows = []
    for year, cells in sorted(years.items(), reverse=True):
        of_year = [day for day in days if day.day.year == year]
        course = growth(of_year)
        whole = (
            format.profit(sum((day.profit for day in of_year), Decimal(0)), unit="", places=0)
            if in_money
            else format.change(course[-1][1] if course else None, places=1)
        )
        rows.append(YearRow(id=str(year), months=cells, whole=whole))
    return rows


def profit_points(days: Sequence[DayResult]) -> list[tuple[datetime, Decimal]]:
    """Return the money profit so far at the end of each day, without deposits."""
    profit, points = Decimal(0), []
    for day in days:
        profit += day.profit
        points.append((datetime.combine(day.day, time(), UTC), profit))
    return points


def growth_percent(days: Sequence[DayResult]) -> Mapping[date, Decimal]:
    """Return the chained return at the end of each day, in per cent."""
    return {day: gained * 100 for day, gained in growth(days)}


def benchmark_percent(
    returns: Mapping[date, float], days: Sequence[DayResult]
) -> Mapping[date, Decimal]:
    """Return a benchmark's chained return over the same days, in per cent, for drawing."""
    level, course = Decimal(1), {}
    for day in (day.day for day in days if day.day in returns):
        level *= 1 + Decimal(str(returns[day]))
        course[day] = (level - 1) * 100
    return course


def shown(measure: Measure, *, is_signed: bool = True) -> Figure:
    """Show a plain ratio, half to even at two places."""
    value = _decimal(measure)
    return format.profit(value, unit="") if is_signed else format.money(value, unit="")


def shown_percent(measure: Measure, *, is_signed: bool = True) -> Figure:
    """Show a fraction as per cent, half to even at two places."""
    value = _decimal(measure)
    return format.change(value) if is_signed else format.rate(value)


def _plain(name: str, value: Figure, note: str) -> MetricRow:
    return MetricRow(id=name, name=name, value=value, note=note)


def _fraction(name: str, value: Decimal | None, note: str) -> MetricRow:
    why = note if value is not None else "not shown: no day had capital"
    return MetricRow(id=name, name=name, value=format.change(value), note=why)


def _percent(name: str, measure: Measure, note: str, *, is_signed: bool = True) -> MetricRow:
    value = shown_percent(measure, is_signed=is_signed)
    return MetricRow(id=name, name=name, value=value, note=_note(measure, note))


def _number(name: str, measure: Measure, note: str, *, is_signed: bool = True) -> MetricRow:
    value = shown(measure, is_signed=is_signed)
    return MetricRow(id=name, name=name, value=value, note=_note(measure, note))


def _note(measure: Measure, note: str) -> str:
    return note if measure.value is not None else f"not shown: {measure.why}"


def _won(record: TrackRecord) -> str:
    return f"{format.plural(record.wins, 'day')} won, {format.count(record.losses)} lost"


def _decimal(measure: Measure) -> Decimal | None:
    return None if measure.value is None else Decimal(str(measure.value))


def _hundredfold(fraction: Decimal | None) -> Decimal | None:
    return None if fraction is None else fraction * 100
