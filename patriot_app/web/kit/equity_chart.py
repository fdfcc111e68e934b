"""A line with its drawdown: drawn on the server as SVG paths, so no chart library is loaded."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.web.format import grouped

WIDTH, HEIGHT = 1000, 220
POINTS_MAX = 400
TICKS = 4
TABLE_ROWS = 12


@dataclass(frozen=True, slots=True)
class Tick:
    """A value on the right axis; `top` is CSS."""

    text: str
    top: str
    y: str


@dataclass(frozen=True, slots=True)
class Reading:
    """One line of the chart's data as a table."""

    at: str
    value: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A drawn chart.

    Attributes:
        line, area, drawdown: SVG paths in a box of 1000 x 220.
        points: "x|text" joined by ";": what the cross-hair reads out.
        summary: the chart in one sentence, for those who cannot see it.
    """

    line: str = ""
    area: str = ""
    drawdown: str = ""
    points: str = ""
    summary: str = ""
    start: str = ""
    end: str = ""
    ticks: list[Tick] = field(default_factory=list)
    readings: list[Reading] = field(default_factory=list)


def plot(
    points: Sequence[tuple[datetime, Decimal]], *, unit: str = "USDT", places: int = 2
) -> Plot:
    """Draw a series; more than 400 points are thinned evenly, first and last stay.

    Decimals become floats here for drawing only; each shown figure is made from the decimal.
    """
    if len(points) < 2:
        return Plot()
    kept = _thin(points)
    low, high = _bounds([value for _, value in kept])
    xs = _positions([at for at, _ in kept])
    ys = [_height(value, low=low, high=high) for _, value in kept]
    peaks = _running_peak([value for _, value in kept])
    peak_ys = [_height(value, low=low, high=high) for value in peaks]
    line = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, ys, strict=True))
    back = "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(reversed(xs), reversed(ys), strict=True))
    top = "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in zip(xs, peak_ys, strict=True))
    texts = [f"{at:%Y-%m-%d %H:%M}  {grouped(value, places=places)} {unit}" for at, value in kept]
    step = max(1, len(kept) // TABLE_ROWS)
    first, last = kept[0], kept[-1]
    return Plot(
        line=line,
        area=f"{line}L{xs[-1]:.1f} {HEIGHT}L{xs[0]:.1f} {HEIGHT}Z",
        drawdown=f"{top}L{back}Z",
        points=";".join(f"{x / WIDTH:.4f}|{text}" for x, text in zip(xs, texts, strict=True)),
        summary=(
            f"From {grouped(first[1], places=places)} to {grouped(last[1], places=places)} {unit}"
            f" between {first[0]:%Y-%m-%d %H:%M} and {last[0]:%Y-%m-%d %H:%M} UTC."
        ),
        start=f"{first[0]:%d %b %H:%M}",
        end=f"{last[0]:%d %b %H:%M}",
        ticks=_ticks(low, high),
        readings=[
            Reading(f"{at:%Y-%m-%d %H:%M}", grouped(value, places=places))
            for at, value in reversed(kept[::step])
        ],
    )


def equity_chart(chart: Any, *, label: str, empty: str = "No readings yet") -> rx.Component:
    """Show a `Plot` with a cross-hair, a summary and its data as a table."""
    drawing = rx.el.div(
        rx.el.div(
            rx.el.svg(
                rx.foreach(
                    chart.ticks,
                    lambda tick: rx.el.line(
                        x1="0", x2=str(WIDTH), y1=tick.y, y2=tick.y, class_name="chart-grid"
                    ),
                ),
                rx.el.path(d=chart.area, class_name="chart-area"),
                rx.el.path(d=chart.drawdown, class_name="chart-drawdown"),
                rx.el.path(d=chart.line, class_name="chart-line"),
                view_box=f"0 0 {WIDTH} {HEIGHT}",
                custom_attrs={"preserveAspectRatio": "none"},
                role="img",
                aria_label=f"{label}. {chart.summary}",
            ),
            rx.foreach(
                chart.ticks,
                lambda tick: rx.el.span(
                    tick.text, class_name="chart-tick", style={"top": tick.top}
                ),
            ),
            class_name="chart-plot",
            custom_attrs={"data-points": chart.points},
        ),
        rx.el.div(rx.el.span(chart.start), rx.el.span(chart.end), class_name="chart-times"),
        rx.el.details(
            rx.el.summary("Data"),
            rx.el.table(
                rx.el.tbody(
                    rx.foreach(
                        chart.readings,
                        lambda item: rx.el.tr(
                            rx.el.td(item.at), rx.el.td(item.value, class_name="align-end")
                        ),
                    )
                ),
                class_name="figures",
            ),
        ),
        class_name="chart",
    )
    return rx.cond(chart.line != "", drawing, rx.el.p(empty, class_name="muted"))


def _thin(points: Sequence[tuple[datetime, Decimal]]) -> list[tuple[datetime, Decimal]]:
    if len(points) <= POINTS_MAX:
        return list(points)
    step = (len(points) - 1) / (POINTS_MAX - 1)
    return [points[round(index * step)] for index in range(POINTS_MAX)]


def _bounds(values: Sequence[Decimal]) -> tuple[Decimal, Decimal]:
    low, high = min(values), max(values)
    margin = (high - low) * Decimal("0.08") or max(abs(high) * Decimal("0.001"), Decimal(1))
    return low - margin, high + margin


def _positions(times: Sequence[datetime]) -> list[float]:
    span = (times[-1] - times[0]).total_seconds() or 1.0
    return [(at - times[0]).total_seconds() / span * WIDTH for at in times]


def _height(value: Decimal, *, low: Decimal, high: Decimal) -> float:
    return float((high - value) / (high - low)) * HEIGHT


def _running_peak(values: Sequence[Decimal]) -> list[Decimal]:
    peaks: list[Decimal] = []
    for value in values:
        peaks.append(max(value, peaks[-1]) if peaks else value)
    return peaks


def _ticks(low: Decimal, high: Decimal) -> list[Tick]:
    places = 0 if high - low >= 20 else 2
    ticks = []
    for index in range(TICKS):
        share = (index + Decimal("0.5")) / TICKS
        value = high - (high - low) * share
        ticks.append(
            Tick(
                text=grouped(value, places=places),
                top=f"{share * 100:.2f}%",
                y=f"{share * HEIGHT:.1f}",
            )
        )
    return ticks
