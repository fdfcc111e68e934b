"""Read rows that are dated but not numbered, without gaps and without doubles.

Several rows may share a millisecond, so a time alone cannot say how far we got: the cursor also
holds the keys already taken at its last millisecond.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import orjson

from patriot_app.core.errors import ExchangeUnavailable, Invalid

R = TypeVar("R")

_HALVINGS_MAX = 40


@dataclass(frozen=True, slots=True)
class TimeCursor:
    """Everything before `time_ms` was taken, and at it the rows with these keys."""

    time_ms: int
    seen: frozenset[str]

    def encode(self) -> str:
        return orjson.dumps([self.time_ms, sorted(self.seen)]).decode()

    @classmethod
    def decode(cls, cursor: str) -> "TimeCursor":
        try:
            time_ms, seen = orjson.loads(cursor)
            return cls(int(time_ms), frozenset(map(str, seen)))
        except (ValueError, TypeError) as error:
            raise Invalid({"cursor": "is not one of this exchange"}) from error


@dataclass(frozen=True, slots=True)
class Dated(Generic[R]):
    """A row with what the cursor needs of it."""

    time_ms: int
    key: str
    row: R


@dataclass(frozen=True, slots=True)
class Taken(Generic[R]):
    """New rows, oldest first, and where the next call goes on."""

    rows: tuple[R, ...]
    cursor: TimeCursor
    complete: bool


def take_new(
    cursor: TimeCursor, rows: Sequence[Dated[R]], *, complete: bool, read_until_ms: int | None
) -> Taken[R]:
    """Keep what the cursor has not seen, and move it.

    Args:
        read_until_ms: every row up to here has been read; None if that is only known up to the
            newest row.
    """
    new = [
        item
        for item in sorted(rows, key=lambda item: item.time_ms)
        if item.time_ms > cursor.time_ms
        or (item.time_ms == cursor.time_ms and item.key not in cursor.seen)
    ]
    reached = max([cursor.time_ms, read_until_ms or 0, *(item.time_ms for item in new)])
    seen = {item.key for item in new if item.time_ms == reached}
    if reached == cursor.time_ms:
        seen |= cursor.seen
    return Taken(tuple(item.row for item in new), TimeCursor(reached, frozenset(seen)), complete)


async def read_window(
    cursor: TimeCursor,
    *,
    now_ms: int,
    span_ms_max: int,
    pages_max: int,
    fetch_page: Callable[[int, int, str], Awaitable[tuple[Sequence[Dated[R]], str]]],
) -> Taken[R]:
    """Read [cursor, cursor + span] of an endpoint that answers newest first.

    Nothing may be taken before the oldest page is in, so a window with too many pages is halved.

    Args:
        now_ms: market time as we know it. The last window reaches beyond it: our clock may go
            behind the exchange's, and what just happened there is in the wallet already.
        fetch_page: (start_ms, end_ms, page cursor) to the rows and the next page's cursor, "" at
            the end.
    """
    start = cursor.time_ms
    end = start + span_ms_max
    for _ in range(_HALVINGS_MAX):
        rows = await _read_pages(start, end, pages_max=pages_max, fetch_page=fetch_page)
        if rows is not None:
            complete = end >= now_ms
            # Up to now, more rows may still come at the newest millisecond.
            return take_new(
                cursor, rows, complete=complete, read_until_ms=None if complete else end
            )
        if end == start:
            break
        end = start + (max(start, min(end, now_ms)) - start) // 2
    raise ExchangeUnavailable(f"More than {pages_max} pages of rows at one millisecond {start}")


async def _read_pages(
    start: int,
    end: int,
    *,
    pages_max: int,
    fetch_page: Callable[[int, int, str], Awaitable[tuple[Sequence[Dated[R]], Any]]],
) -> list[Dated[R]] | None:
    rows: list[Dated[R]] = []
    page_cursor = ""
    for _ in range(pages_max):
        page, page_cursor = await fetch_page(start, end, page_cursor)
        rows.extend(page)
        if not page or not page_cursor:
            return rows
    return None
