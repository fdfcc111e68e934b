"""Dated rows are read without gaps and without doubles, however they share their times."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.exchanges.cursors import Dated, TimeCursor, read_window, take_new
from patriot_app.core.errors import Invalid

Book = list[Dated[str]]
times = st.lists(st.integers(0, 40), max_size=60)


def book(moments: list[int]) -> Book:
    return [Dated(at, f"row{number}", f"row{number}") for number, at in enumerate(sorted(moments))]


@given(times, st.integers(3, 7))
async def test_newest_first_pages_give_every_row_once(moments: list[int], page_rows: int) -> None:
    rows = book(moments)

    async def fetch(start: int, end: int, cursor: str) -> tuple[Sequence[Dated[str]], str]:
        inside = [row for row in reversed(rows) if start <= row.time_ms <= end]
        first = int(cursor or "0")
        page = inside[first : first + page_rows]
        following = first + page_rows
        return page, str(following) if following < len(inside) else ""

    position = TimeCursor(0, frozenset())
    taken: list[str] = []
    for _ in range(500):
        part = await read_window(
            position, now_ms=40, span_ms_max=13, pages_max=60, fetch_page=fetch
        )
        taken.extend(part.rows)
        position = TimeCursor.decode(part.cursor.encode())
        if part.complete:
            break
    else:
        pytest.fail("never complete")
    assert sorted(taken) == sorted(row.row for row in rows)


async def test_what_happened_after_our_slow_clocks_now_is_read_too() -> None:
    rows = book([10, 43])

    async def fetch(start: int, end: int, cursor: str) -> tuple[Sequence[Dated[str]], str]:
        return [row for row in reversed(rows) if start <= row.time_ms <= end], ""

    position = TimeCursor(0, frozenset())
    part = await read_window(position, now_ms=40, span_ms_max=100, pages_max=5, fetch_page=fetch)
    assert part.complete
    assert part.rows == tuple(row.row for row in rows)
    assert part.cursor.time_ms == 43


@given(times, times, st.integers(2, 5))
async def test_rows_that_arrive_later_are_not_lost(
    before: list[int], later: list[int], page_rows: int
) -> None:
    now = max(before, default=0)
    rows = book([*before, *(max(at, now) for at in later)])
    visible = rows[: len(before)]

    def oldest_first(start: int) -> Book:
        return [row for row in visible if row.time_ms >= start]

    position = TimeCursor(0, frozenset())
    taken = take_new(position, oldest_first(0), complete=True, read_until_ms=None)
    got = list(taken.rows)
    visible = rows
    again = take_new(
        taken.cursor, oldest_first(taken.cursor.time_ms), complete=True, read_until_ms=None
    )
    got.extend(again.rows)
    assert sorted(got) == sorted(row.row for row in rows)


def test_a_strange_cursor_is_refused() -> None:
    with pytest.raises(Invalid):
        TimeCursor.decode("12345x")
