"""Filters, table and pages of one list, as nearly every page has them."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.data_table import Column, data_table
from patriot_app.web.kit.filter_bar import Filter, filter_bar
from patriot_app.web.kit.layout import layout, notice, shown_if
from patriot_app.web.kit.pagination import pagination
from patriot_app.web.kit.types import Handler


def listing(
    table: Any,
    *,
    label: str,
    columns: Sequence[Column],
    placeholder: str,
    empty: rx.Component,
    test_id: str,
    filters: Sequence[Filter] = (),
    on_row_click: Handler | None = None,
    has_drawer: bool = True,
    narrowed_to: str = "",
) -> rx.Component:
    """Return the list of a page: what narrows it, one page of its rows, and the way to the others.

    Args:
        table: vars and handlers of a table by their usual names (`table_state.TableMixin`), with
            `rows` and `load`.
        label: the table's accessible name.
        placeholder: what the search looks at.
        on_row_click: default: opens the row's drawer.
        has_drawer: else a row can only be read.
        narrowed_to: of what one came from, such as "the orders of what you came from"; the table
            then also has the var `narrowed`.
    """
    if on_row_click is None and has_drawer:
        on_row_click = table.open_row
    narrowing = [_narrowing(table, narrowed_to, label)] if narrowed_to else []
    return layout(
        "stack",
        *narrowing,
        filter_bar(
            search=table.search,
            on_search=table.search_for,
            placeholder=placeholder,
            filters=filters,
            values=table.filters,
            on_filter=table.set_filter,
            on_reset=table.reset_filters,
        ),
        data_table(
            label=label,
            columns=columns,
            rows=table.rows,
            sort=table.sort,
            on_sort=table.sort_by,
            on_row_click=on_row_click,
            open_id=table.open_id if has_drawer else "",
            loading=table.loading,
            error=table.error,
            on_retry=table.load,
            filtered=table.filtered,
            on_reset=table.reset_filters,
            empty=empty,
            test_id=test_id,
        ),
        pagination(page=table.page, pages=table.pages, total=table.total, on_change=table.go_to),
    )


def _narrowing(table: Any, narrowed_to: str, label: str) -> rx.Component:
    return shown_if(
        table.narrowed,
        layout(
            "cluster",
            notice(f"Only {narrowed_to} are shown."),
            button(f"Show all {label.lower()}", on_click=table.reset_filters),
        ),
    )
