"""A file of closes is taken whole or refused with row, column and rule."""

from datetime import date
from decimal import Decimal

import pytest

from patriot_app.core.domain.benchmarks import (
    ROWS_MAX,
    BenchmarkClose,
    check_name,
    daily_returns,
    read_closes,
)
from patriot_app.core.errors import Invalid


def test_a_file_is_read_in_the_order_of_its_days() -> None:
    closes = read_closes("\ufeffDate,Close\n2026-01-02,110.5\n2026-01-01, 100 \n")
    assert closes == (
        BenchmarkClose(date(2026, 1, 1), Decimal(100)),
        BenchmarkClose(date(2026, 1, 2), Decimal("110.5")),
    )
    assert daily_returns(closes) == {date(2026, 1, 2): pytest.approx(0.105)}


@pytest.mark.parametrize(
    ("file", "problem"),
    [
        ("", "row 1: must be the heading"),
        ("day,price\n", "row 1: must be the heading"),
        ("date,close\n2026-01-01,1\n", "two days at least"),
        ("date,close\n2026-01-01,1\n01/02/2026,1\n", "row 3, date: must be like"),
        ("date,close\n2026-01-01,1\n2026-01-02,x\n", "row 3, close: must be a number"),
        ("date,close\n2026-01-01,1\n2026-01-02,NaN\n", "row 3, close: must be above nought"),
        ("date,close\n2026-01-01,0\n2026-01-02,1\n", "row 2, close: must be above nought"),
        ("date,close\n2026-01-01,1\n2026-01-01,1\n", "row 3, date: 2026-01-01 stands there twice"),
        ("date,close\n2026-01-01,1,2\n2026-01-02,1\n", "row 2: must have two columns"),
        ("date,close\n" + "x\n" * (ROWS_MAX + 1), "at most 6000"),
    ],
)
def test_a_file_that_cannot_be_read_says_where_and_why(file: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_closes(file)
    assert problem in refused.value.fields["file"]


@pytest.mark.parametrize("name", ["", "BTC", "eth paper", "a" * 25, "<b>", "=1+1"])
def test_a_name_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        check_name(name)


def test_a_name_is_taken() -> None:
    assert check_name(" S&P 500 ") == "S&P 500"


def test_a_long_gap_makes_no_daily_return() -> None:
    closes = [BenchmarkClose(date(2026, 1, day), Decimal(price)) for day, price in ((1, 1), (9, 2))]
    assert daily_returns(closes) == {}
