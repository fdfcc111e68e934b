"""The filtered set of a table as a CSV file, figures as exact text."""

import csv
import io
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, TypeVar

import reflex as rx

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
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([heading for heading, _ in columns])
    for number in range(1, ROWS_MAX // PAGE_SIZE_MAX + 1):
        page = await query(actor, replace(request, page=number, size=PAGE_SIZE_MAX))
        writer.writerows([cell(value(item)) for _, value in columns] for item in page.items)
        if len(page.items) < PAGE_SIZE_MAX:
            break
    return out.getvalue()


def cells_as_csv(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return rows that are at hand as a CSV file."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(heads)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def download(text: str, *, name: str, now: datetime) -> Any:
    """Return the event that lets the browser save a CSV file."""
    filename = f"{name}-{now.astimezone(UTC):%Y%m%d-%H%M%S}.csv"
    return rx.download(data=text, filename=filename, mime_type="text/csv")


def cell(value: Any) -> str:
    """Return a value as text that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, Decimal):
        return _digits(value)
    shown = str(value)
    return f"'{shown}" if shown[:1] in ("=", "+", "-", "@", "\t", "\r") else shown


def _digits(value: Decimal) -> str:
    shown = f"{value:f}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown
