"""Stretches of time are read as people mean them, and nonsense is not read at all."""

from datetime import date

import pytest

from daemon.plain_words.periods import find_period
from daemon.plain_words.wording import normalise

TODAY = date(2026, 11, 20)  # a Friday


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("today", "2026-11-20", "2026-11-21"),
        ("вчора", "2026-11-19", "2026-11-20"),
        ("позавчера", "2026-11-18", "2026-11-19"),
        ("this week", "2026-11-16", "2026-11-21"),
        ("last week", "2026-11-09", "2026-11-16"),
        ("за тиждень", "2026-11-14", "2026-11-21"),
        ("за прошлую неделю", "2026-11-09", "2026-11-16"),
        ("цього місяця", "2026-11-01", "2026-11-21"),
        ("last month", "2026-10-01", "2026-11-01"),
        ("за минулий місяць", "2026-10-01", "2026-11-01"),
        ("за месяц", "2026-10-22", "2026-11-21"),
        ("с начала года", "2026-01-01", "2026-11-21"),
        ("з початку року", "2026-01-01", "2026-11-21"),
        ("since the beginning of the month", "2026-11-01", "2026-11-21"),
        ("YTD", "2026-01-01", "2026-11-21"),
        ("last year", "2025-01-01", "2026-01-01"),
        ("for 30 days", "2026-10-22", "2026-11-21"),
        ("останні 7 днів", "2026-11-14", "2026-11-21"),
        ("за 3 месяца", "2026-08-23", "2026-11-21"),
        ("in October", "2026-10-01", "2026-11-01"),
        ("за жовтень", "2026-10-01", "2026-11-01"),
        ("за декабрь", "2025-12-01", "2026-01-01"),
        ("since January", "2026-01-01", "2026-11-21"),
        ("5 травня", "2026-05-05", "2026-05-06"),
        ("с 5 мая", "2026-05-05", "2026-11-21"),
        ("2026-11-03", "2026-11-03", "2026-11-04"),
        ("03.11", "2026-11-03", "2026-11-04"),
        ("за все время", "2016-11-12", "2026-11-21"),
    ],
)
def test_a_named_period_is_read(text: str, start: str, end: str) -> None:
    found = find_period(normalise(text), today=TODAY)

    assert found is not None
    assert (found[0].start.isoformat(), found[0].end.isoformat()) == (start, end)
    assert found[1].split() == ["§period"]


@pytest.mark.parametrize(
    "text",
    ["hello", "31.02", "30 лютого", "99999 days", "0 days", "2026-13-40", "may I ask", "20 %"],
)
def test_what_is_no_period_is_not_taken_for_one(text: str) -> None:
    assert find_period(normalise(text), today=TODAY) is None


def test_a_month_of_january_looks_back_over_the_year() -> None:
    found = find_period("last month", today=date(2026, 1, 31))

    assert found is not None
    assert (found[0].start, found[0].end) == (date(2025, 12, 1), date(2026, 1, 1))
