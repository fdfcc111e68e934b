"""Time ranges and cursors of Bybit's history endpoints, on the market clock."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypeVar

from daemon.paper_exchange.bybit.errors import parameter_error
from daemon.paper_exchange.bybit.order_entry import Body, integer

DAY_MS: Final = 86_400_000
WEEK_MS: Final = 7 * DAY_MS
Item = TypeVar("Item")
Key = tuple[int, int, int]


def time_range(params: Body, *, now_ms: int, span_ms: int) -> tuple[int, int]:
    """Return the inclusive range that a history request asks for.

    Without times it is the span before now; with one time it is the span from or up to it; with
    both it is at most seven days.

    Raises:
        BybitError: 10001 for a range that is negative or too long.
    """
    start, end = integer(params, "startTime", -1), integer(params, "endTime", -1)
    if start < 0 and end < 0:
        # What happens in the last step may carry a time slightly behind the clock's own.
        return now_ms - span_ms, now_ms + span_ms
    if start < 0:
        return end - span_ms, end
    if end < 0:
        return start, start + span_ms
    if not 0 <= end - start <= WEEK_MS:
        raise parameter_error("params error: The time range between startTime and endTime")
    return start, end


def take_page(
    items: Iterable[Item],
    *,
    key: Callable[[Item], Key],
    params: Body,
    default: int,
    most: int,
) -> tuple[list[Item], str]:
    """Take one page of items that come newest first; return it with the cursor of the next.

    Args:
        key: falls from item to item; a cursor is the key of the last item that was given.
    """
    limit = max(1, min(integer(params, "limit", default), most))
    after = _read_cursor(str(params.get("cursor") or ""))
    page: list[Item] = []
    for item in items:
        if after is not None and key(item) >= after:
            continue
        if len(page) == limit:
            return page, "_".join(str(part) for part in key(page[-1]))
        page.append(item)
    return page, ""


def _read_cursor(text: str) -> Key | None:
    if not text:
        return None
    parts = text.split("_")
    if len(parts) != 3 or not all(part.isdigit() for part in parts):
        raise parameter_error("params error: cursor Invalid")
    return int(parts[0]), int(parts[1]), int(parts[2])
