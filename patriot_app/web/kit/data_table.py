"""The table: the server sorts, filters and pages; on a phone each row is a card."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.empty_state import empty_state
from patriot_app.web.kit.types import Handler

SKELETON_ROWS = 6


@dataclass(frozen=True, slots=True)
class Column:
    """One column.

    Attributes:
        cell: from a row var to what stands in the cell.
        sort_key: the name that the query's sort whitelist knows; empty: not sortable.
        align: "end" for figures.
        phone: "title" heads the card, "hide" leaves the cell out there.
    """

    label: str
    cell: Callable[[Any], Any]
    sort_key: str = ""
    align: Literal["start", "end"] = "start"
    phone: Literal["title", "show", "hide"] = "show"


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows are ticked.

    Attributes:
        selected: list var of row ids; it survives paging.
        on_toggle: receives a row id.
        on_toggle_page: ticks or clears the whole page.
    """

    selected: Any
    on_toggle: Handler
    on_toggle_page: Handler


def data_table(
    *,
    columns: Sequence[Column],
    rows: Any,
    label: str,
    row_key: Callable[[Any], Any] = lambda row: row.id,
    sort: Any = "",
    on_sort: Handler | None = None,
    on_row_click: Handler | None = None,
    open_id: Any = "",
    selection: Selection | None = None,
    loading: Any = False,
    error: Any = "",
    on_retry: Handler | None = None,
    empty: rx.Component | None = None,
    filtered: Any = False,
    on_reset: Handler | None = None,
    test_id: str = "",
) -> rx.Component:
    """Return a table over one page of frozen rows of strings.

    Args:
        label: the table's accessible name.
        sort: var "key" or "-key" (descending).
        on_sort: receives a sort key.
        on_row_click: receives the row's key.
        open_id: key of the row whose drawer is open; it is highlighted.
        error: text of a failed load; the rows that stand stay.
        filtered: whether filters are set, so that "nothing matches" differs from "nothing yet".
    """
    body = rx.el.tbody(
        rx.foreach(
            rows,
            lambda row: _row(columns, row, row_key, on_row_click, open_id, selection),
        )
    )
    has_rows = rows.length() > 0
    table = rx.el.table(
        rx.el.thead(rx.el.tr(*_heads(columns, rows, row_key, sort, on_sort, selection))),
        rx.cond(has_rows, body, rx.cond(loading, _skeleton(columns, selection), rx.el.tbody())),
        class_name="table",
        aria_label=label,
        data_testid=test_id or None,
    )
    return rx.el.div(
        rx.el.div(table, class_name="table-scroll"),
        rx.cond(
            error != "",
            _failed(error, on_retry),
            rx.cond(~has_rows & ~_flag(loading), _nothing(empty, filtered, on_reset)),
        ),
        class_name="table-frame",
        aria_busy=loading,
    )


def two_lines(first: Any, second: Any) -> rx.Component:
    """Return a cell with a strong first and a faint second line."""
    return rx.el.span(
        rx.el.span(first, class_name="cell-strong"), rx.el.small(second), class_name="cell-two"
    )


def _heads(
    columns: Sequence[Column],
    rows: Any,
    row_key: Callable[[Any], Any],
    sort: Any,
    on_sort: Handler | None,
    selection: Selection | None,
) -> list[rx.Component]:
    heads = [_head(column, sort, on_sort) for column in columns]
    if selection is not None:
        heads.insert(
            0,
            rx.el.th(
                rx.el.input(
                    type="checkbox",
                    aria_label="Select all rows of this page",
                    checked=(rows.length() > 0) & (selection.selected.length() >= rows.length()),
                    on_change=selection.on_toggle_page,
                ),
                class_name="cell-check",
                scope="col",
            ),
        )
    return heads


def _head(column: Column, sort: Any, on_sort: Handler | None) -> rx.Component:
    look = "align-end" if column.align == "end" else ""
    if not column.sort_key or on_sort is None:
        return rx.el.th(column.label, class_name=look, scope="col")
    key = column.sort_key
    return rx.el.th(
        rx.el.button(column.label, type="button", class_name="sorter", on_click=on_sort(key)),
        class_name=look,
        scope="col",
        custom_attrs={
            "aria-sort": rx.match(sort, (key, "ascending"), (f"-{key}", "descending"), "none")
        },
    )


def _row(
    columns: Sequence[Column],
    row: Any,
    row_key: Callable[[Any], Any],
    on_row_click: Handler | None,
    open_id: Any,
    selection: Selection | None,
) -> rx.Component:
    key = row_key(row)
    ticked = selection.selected.contains(key) if selection is not None else False
    cells = [_cell(column, row) for column in columns]
    if selection is not None:
        cells.insert(
            0,
            rx.el.td(
                rx.el.input(
                    type="checkbox",
                    aria_label="Select row",
                    checked=ticked,
                    on_change=selection.on_toggle(key),
                    on_click=rx.stop_propagation,
                ),
                class_name="cell-check",
            ),
        )
    extra: dict[str, Any] = {"custom_attrs": {"data-row": key}}
    if on_row_click is not None:
        extra["on_click"] = on_row_click(key)
        extra["tab_index"] = 0
        extra["custom_attrs"]["data-clickable"] = "true"
    return rx.el.tr(
        *cells,
        key=key,
        aria_selected=rx.cond(_flag(ticked) | (rx.Var.create(open_id) == key), "true", "false"),
        **extra,
    )


def _cell(column: Column, row: Any) -> rx.Component:
    return rx.el.td(
        column.cell(row),
        class_name="align-end" if column.align == "end" else "",
        custom_attrs={"data-label": column.label, "data-phone": column.phone},
    )


def _skeleton(columns: Sequence[Column], selection: Selection | None) -> rx.Component:
    width = len(columns) + (selection is not None)
    line = [
        rx.el.tr(*[rx.el.td(rx.el.span(class_name="skeleton")) for _ in range(width)])
        for _ in range(SKELETON_ROWS)
    ]
    return rx.el.tbody(*line, aria_hidden="true")


def _failed(error: Any, on_retry: Handler | None) -> rx.Component:
    retry = button("Try again", on_click=on_retry, icon="rotate-cw") if on_retry else None
    return empty_state(
        title="This could not be loaded", body=error, action=retry, icon="cloud-alert"
    )


def _nothing(empty: rx.Component | None, filtered: Any, on_reset: Handler | None) -> rx.Component:
    reset = button("Reset filters", on_click=on_reset) if on_reset else None
    return rx.cond(
        filtered,
        empty_state(title="Nothing matches these filters", action=reset, icon="search-x"),
        empty or empty_state(title="Nothing here yet"),
    )


def _flag(flag: Any) -> Any:
    return flag if isinstance(flag, rx.Var) else rx.Var.create(flag)
