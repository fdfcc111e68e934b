from datetime import date, timedelta
from decimal import Decimal

from patriot_app.web.kit.lines_chart import LOOKS, POINTS_MAX, Lines, lines

FIRST = date(2026, 1, 1)


def course(*values: str) -> dict[date, Decimal]:
    return {FIRST + timedelta(days=number): Decimal(value) for number, value in enumerate(values)}


def test_lines_share_one_scale_and_are_told_apart() -> None:
    chart = lines([("Ours", course("0", "10")), ("BTC", course("0", "5"))])
    assert [(line.name, line.look, line.last) for line in chart.lines] == [
        ("Ours", "1", "10.00 %"),
        ("BTC", "2", "5.00 %"),
    ]
    (_, ours), (_, theirs) = (line.path.split("L") for line in chart.lines)
    assert float(ours.split()[1]) < float(theirs.split()[1])
    assert chart.readings[0].at == "2026-01-02"
    assert chart.readings[0].figures == ["10.00", "5.00"]


def test_a_day_that_one_line_lacks_is_left_empty() -> None:
    chart = lines(
        [
            ("Ours", course("0", "1", "2")),
            ("Index", {FIRST: Decimal(0), FIRST + timedelta(days=2): Decimal(1)}),
        ]
    )
    assert chart.readings[1].figures == ["1.00", "—"]
    assert chart.lines[1].path.count("L") == 1


def test_too_little_is_not_drawn_and_too_much_is_thinned() -> None:
    assert lines([("One", course("1"))]) == Lines()
    assert lines([]) == Lines()
    long = lines([("Long", course(*["1"] * 1000))])
    assert long.lines[0].path.count("L") == POINTS_MAX - 1
    many = [(str(number), course("0", "1")) for number in range(LOOKS + 3)]
    assert len(lines(many).lines) == LOOKS
