from datetime import UTC, datetime, timedelta
from decimal import Decimal

from patriot_app.web.kit import plot
from patriot_app.web.kit.equity_chart import POINTS_MAX

ORIGIN = datetime(2026, 5, 4, tzinfo=UTC)


def series(*values: str) -> list[tuple[datetime, Decimal]]:
    return [(ORIGIN + timedelta(hours=i), Decimal(value)) for i, value in enumerate(values)]


def test_a_single_reading_draws_nothing() -> None:
    assert plot(series("1")).line == ""


def test_the_line_begins_and_ends_with_the_series() -> None:
    drawn = plot(series("100", "120", "90"))
    assert drawn.line.startswith("M0.0 ")
    assert drawn.line.rsplit("L", 1)[1].startswith("1000.0 ")
    assert "From 100.00 to 90.00 USDT" in drawn.summary
    assert drawn.points.count(";") == 2


def test_a_flat_series_stays_inside_the_box() -> None:
    heights = [float(point.split(" ")[1]) for point in plot(series("5", "5")).line[1:].split("L")]
    assert all(0 < height < 220 for height in heights)


def test_many_readings_are_thinned_and_the_last_stays() -> None:
    drawn = plot(series(*[str(number) for number in range(5_000)]))
    assert drawn.points.count(";") == POINTS_MAX - 1
    assert drawn.points.endswith("4,999.00 USDT")
