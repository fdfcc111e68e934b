"""Several lines on one scale: drawn on the server as SVG paths, told apart by dash and legend."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from itertools import pairwise

import reflex as rx

from patriot_app.web.format import grouped
from patriot_app.web.kit.equity_chart import HEIGHT, TABLE_ROWS, TICKS, WIDTH, Tick

LOOKS = 6
"""As many lines can be told apart."""
POINTS_MAX = 400


@dataclass(frozen=True, slots=True)
class Line:
    """One line; `look` is its dash and tone from 1 on, `last` its newest value as text."""

    name: str = ""
    path: str = ""
    look: str = "1"
    last: str = ""


@dataclass(frozen=True, slots=True)
class LineReading:
    """The values of one day, in the order of the lines."""

    at: str = ""
    figures: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Lines:
    """A drawn chart; `points` is what the cross-hair reads out."""

    lines: list[Line] = field(default_factory=list)
    ticks: list[Tick] = field(default_factory=list)
    readings: list[LineReading] = field(default_factory=list)
    points: str = ""
    summary: str = ""
    start: str = ""
    end: str = ""


Series = Mapping[date, Decimal]


def lines(series: Sequence[tuple[str, Series]], *, unit: str = "%", places: int = 2) -> Lines:
    """Draw named series over days; at most LOOKS, and at most POINTS_MAX days, evenly thinned.

    Decimals become floats here for drawing only; each shown figure is made from the decimal.
    """
    drawn = [(name, values) for name, values in series[:LOOKS] if len(values) > 1]
    days = _thinned(sorted({day for _, values in drawn for day in values}))
    if len(days) < 2:
        return Lines()
    every = [value for _, values in drawn for value in values.values()]
    low, high = min(every), max(every)
    margin = (high - low) * Decimal("0.08") or Decimal(1)
    low, high = low - margin, high + margin
    span = (days[-1] - days[0]).days
    place = {day: (day - days[0]).days / span * WIDTH for day in days}
    shown = {day: [_text(values.get(day), places) for _, values in drawn] for day in days}
    names = [name for name, _ in drawn]
    step = max(1, len(days) // TABLE_ROWS)
    return Lines(
        lines=[
            Line(
                name=name,
                path=_path(values, days, place, low=low, high=high),
                look=str(number),
                last=f"{_text(values[max(values)], places)} {unit}",
            )
            for number, (name, values) in enumerate(drawn, start=1)
        ],
        ticks=_ticks(low, high),
        readings=[LineReading(day.isoformat(), shown[day]) for day in reversed(days[::step])],
        points=";".join(
            f"{place[day] / WIDTH:.4f}|{day}  "
            + ", ".join(
                f"{name} {text} {unit}" for name, text in zip(names, shown[day], strict=True)
            )
            for day in days
        ),
        summary=f"{', '.join(names)} from {days[0]} to {days[-1]}, in {unit}.",
        start=f"{days[0]:%d %b %Y}",
        end=f"{days[-1]:%d %b %Y}",
    )


def lines_chart(chart: Lines, *, label: str, empty: str) -> rx.Component:
    """Show `Lines` with a legend, a cross-hair, a summary and its data as a table."""
    return rx.cond(
        chart.points != "",
        rx.el.div(
            rx.el.div(
                rx.foreach(
                    chart.lines,
                    lambda line: rx.el.span(
                        line.name + " ", rx.el.b(line.last), class_name="line-key-" + line.look
                    ),
                ),
                class_name="chart-legend chart-keys",
            ),
            _drawing(chart, label),
            rx.el.div(rx.el.span(chart.start), rx.el.span(chart.end), class_name="chart-times"),
            _data(chart),
            class_name="chart",
        ),
        rx.el.p(empty, class_name="muted"),
    )


def _drawing(chart: Lines, label: str) -> rx.Component:
    return rx.el.div(
        rx.el.svg(
            rx.foreach(
                chart.ticks,
                lambda tick: rx.el.line(
                    x1="0", x2=str(WIDTH), y1=tick.y, y2=tick.y, class_name="chart-grid"
                ),
            ),
            rx.foreach(
                chart.lines,
                lambda line: rx.el.path(d=line.path, class_name="chart-line line-" + line.look),
            ),
            view_box=f"0 0 {WIDTH} {HEIGHT}",
            custom_attrs={"preserveAspectRatio": "none"},
            role="img",
            aria_label=f"{label}. {chart.summary}",
        ),
        rx.foreach(
            chart.ticks,
            lambda tick: rx.el.span(tick.text, class_name="chart-tick", style={"top": tick.top}),
        ),
        class_name="chart-plot",
        custom_attrs={"data-points": chart.points},
    )


def _data(chart: Lines) -> rx.Component:
    return rx.el.details(
        rx.el.summary("Data"),
        rx.el.table(
            rx.el.thead(
                rx.el.tr(
                    rx.el.th("Day", scope="col"),
                    rx.foreach(
                        chart.lines,
                        lambda line: rx.el.th(line.name, scope="col", class_name="align-end"),
                    ),
                )
            ),
            rx.el.tbody(
                rx.foreach(
                    chart.readings,
                    lambda row: rx.el.tr(
                        rx.el.td(row.at),
                        rx.foreach(
                            row.figures,
                            lambda value: rx.el.td(value, class_name="align-end"),
                        ),
                    ),
                )
            ),
            class_name="figures",
        ),
    )


def _thinned(days: Sequence[date]) -> list[date]:
    if len(days) <= POINTS_MAX:
        return list(days)
    step = (len(days) - 1) / (POINTS_MAX - 1)
    return [days[round(index * step)] for index in range(POINTS_MAX)]


def _text(value: Decimal | None, places: int) -> str:
    return "—" if value is None else grouped(value, places=places)


def _path(
    values: Series,
    days: Sequence[date],
    place: Mapping[date, float],
    *,
    low: Decimal,
    high: Decimal,
) -> str:
    corners = [
        (place[day], float((high - values[day]) / (high - low)) * HEIGHT)
        for day in days
        if day in values
    ]
    drawn = f"M{corners[0][0]:.1f} {corners[0][1]:.1f}"
    return drawn + "".join(f"L{x:.1f} {y:.1f}" for _, (x, y) in pairwise(corners))


def _ticks(low: Decimal, high: Decimal) -> list[Tick]:
    places = 0 if high - low >= 20 else 2
    shares = [(index + Decimal("0.5")) / TICKS for index in range(TICKS)]
    return [
        Tick(
            text=grouped(high - (high - low) * share, places=places),
            top=f"{share * 100:.2f}%",
            y=f"{share * HEIGHT:.1f}",
        )
        for share in shares
    ]
