"""CSV of a filtered set."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from patriot_app.core.domain.permissions import SYSTEM, Actor
from patriot_app.core.queries.page import PAGE_SIZE_MAX, Page, PageRequest
from patriot_app.web import table_export


@dataclass(frozen=True, slots=True)
class Line:
    name: str
    amount: Decimal


class Source:
    """Answers pages of numbered lines and remembers what it was asked."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[PageRequest] = []

    async def page(self, _: Actor, request: PageRequest) -> Page[Line]:
        self.asked.append(request)
        numbers = range(request.offset, min(self.count, request.offset + request.limit))
        items = tuple(Line(f"n{number}", Decimal(number)) for number in numbers)
        return Page(items=items, total=self.count, page=request.page, size=request.limit)


COLUMNS: table_export.Columns[Line] = [
    ("name", lambda line: line.name),
    ("amount", lambda line: line.amount),
]


async def test_all_pages_are_read_with_the_tables_own_filters() -> None:
    source = Source(PAGE_SIZE_MAX + 3)
    asked = PageRequest(page=7, sort="name", filters={"state": "open"})
    text = await table_export.as_csv(source.page, SYSTEM, asked, COLUMNS)
    lines = text.splitlines()
    assert lines[0] == "name,amount"
    assert len(lines) == 1 + PAGE_SIZE_MAX + 3
    assert [request.page for request in source.asked] == [1, 2]
    assert {(request.sort, request.filters["state"]) for request in source.asked} == {
        ("name", "open")
    }


async def test_the_file_ends_at_its_stated_limit() -> None:
    source = Source(10 * table_export.ROWS_MAX)
    text = await table_export.as_csv(source.page, SYSTEM, PageRequest(), COLUMNS)
    assert len(text.splitlines()) == 1 + table_export.ROWS_MAX


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\tx"])
def test_no_text_is_taken_for_a_formula(text: str) -> None:
    assert table_export.cell(text) == f"'{text}"


def test_figures_keep_every_digit_and_times_name_their_zone() -> None:
    assert table_export.cell(Decimal("-0.000000000000000001")) == "-0.000000000000000001"
    assert table_export.cell(Decimal("1200.500000")) == "1200.5"
    assert table_export.cell(Decimal("1200")) == "1200"
    assert table_export.cell(datetime(2026, 5, 4, tzinfo=UTC)) == "2026-05-04T00:00:00+00:00"
    assert table_export.cell(None) == ""
