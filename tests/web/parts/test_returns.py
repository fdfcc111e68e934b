"""Track records as they are shown."""

import random
from datetime import date
from decimal import Decimal

from patriot_app.core.domain.track_record import track_record
from patriot_app.web.parts.outlook import outlook
from patriot_app.web.parts.returns import (
    benchmark_percent,
    metric_rows,
    profit_points,
    year_rows,
)
from tests.factories.days import make_days

DAYS = make_days([1000, 1100, 1045, 990, 1089, 1200])


def test_figures_are_shown_and_missing_ones_say_why() -> None:
    rows = {row.name: row for row in metric_rows(track_record(DAYS), benchmark="")}
    assert rows["Money profit"].value.text == "+200.00"
    assert rows["Time-weighted return"].value.text == "+20.00"
    assert rows["Deepest drawdown"].note == "4 days from its peak"
    assert rows["Win rate"].note == "3 days won, 2 lost"
    assert rows["Beta"].value.text == "—"
    assert rows["Beta"].note.startswith("not shown: the benchmark")


def test_the_grid_has_a_year_a_line_and_money_beside_returns() -> None:
    days = make_days([100, 110, 99, 99, 198], first=date(2025, 12, 31))
    later, earlier = year_rows(days, in_money=False)
    assert (earlier.id, earlier.months[11].text, earlier.whole.text) == ("2025", "+10.0", "+10.0")
    assert (later.id, later.months[0].text, later.months[1].text) == ("2026", "+80.0", "—")
    assert year_rows(days, in_money=True)[0].whole.text == "+88"


def test_profit_adds_up_and_a_benchmark_begins_with_the_days() -> None:
    assert [value for _, value in profit_points(DAYS)] == [100, 45, -10, 89, 200]
    drawn = benchmark_percent({date(2026, 1, 2): 0.1, date(2020, 1, 1): 9.0}, DAYS)
    assert drawn == {date(2026, 1, 2): Decimal("10.0")}


def test_an_outlook_tells_its_error_and_too_few_days_have_none() -> None:
    draw = random.Random(1)
    equities = [1000]
    for _ in range(90):
        equities.append(equities[-1] + draw.randint(-20, 22))
    view = outlook(make_days(equities), horizon=30, fall=0.1)
    assert [line.name for line in view.cone.lines] == ["95 %", "Median", "5 %"]
    assert view.regime in {"calm", "normal", "turbulent"}
    assert {row.id: row.note for row in view.figures}["coverage"].startswith("2 of 2;")
    short = outlook(DAYS, horizon=7, fall=0.1)
    assert short.cone.points == ""
    assert all(row.value.text == "—" for row in short.figures)
