"""The filtered set of a table as a CSV file, figures as exact text."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import reflex as rx

from patriot_app.core.domain import csv_files
from patriot_app.core.domain.csv_files import cell as cell
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import PAGE_SIZE_MAX, Page, PageRequest

T = TypeVar("T")
ROWS_MAX = 5_000
"""More belongs into a report: the file travels through the page's socket."""

Query = Callable[[Actor, PageRequest], Awaitable[Page[T]]]
Columns = Sequence[tuple[str, Callable[[T], Any]]]


async def as_csv(query: Query[T], actor: Actor, request: PageRequest, columns: Columns[T]) -> str:
    """Return the rows that match a table's filters, in its order, at most ROWS_MAX.

    Args:
        request: of the table; its page and size are replaced.
        columns: heading and value; decimals keep every digit, times are RFC 3339 in UTC.
    """
    rows: list[list[Any]] = []
    for number in range(1, ROWS_MAX // PAGE_SIZE_MAX + 1):
        page = await query(actor, replace(request, page=number, size=PAGE_SIZE_MAX))
        rows += [[value(item) for _, value in columns] for item in page.items]
        if len(page.items) < PAGE_SIZE_MAX:
            break
    return csv_files.as_csv([heading for heading, _ in columns], rows)


def cells_as_csv(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows that are at hand as a CSV file."""
    return csv_files.as_csv(heads, rows)


def download(text: str, *, name: str, now: datetime) -> Any:
    """Return the event that lets the browser save a CSV file."""
    filename = f"{name}-{now.astimezone(UTC):%Y%m%d-%H%M%S}.csv"
    return rx.download(data=text, filename=filename, mime_type="text/csv")
