"""Search and filters of a table; their values live in the page's address."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.types import Child, Handler, Text

DEBOUNCE_MS = 250


@dataclass(frozen=True, slots=True)
class Filter:
    """A choice that narrows a table.

    Attributes:
        name: the parameter in the address, such as "status".
        label: shown while nothing is chosen, such as "Any status".
        options: (value, label) pairs, or a var of rows with `value` and `label`; None: a day.
    """

    name: str
    label: str
    options: Any = None


def filter_bar(
    *,
    search: Any = None,
    on_search: Handler | None = None,
    placeholder: Text = "Search",
    filters: Sequence[Filter] = (),
    values: Any = None,
    on_filter: Handler | None = None,
    on_reset: Handler | None = None,
    actions: Sequence[Child] = (),
) -> rx.Component:
    """Return search, filters, a reset while any is set, and acts on the right.

    Args:
        values: dict var of the chosen value per filter name.
        on_filter: receives (name, value).
    """
    parts: list[Any] = []
    if on_search is not None:
        parts.append(_search(search, on_search, placeholder))
    parts.extend(_select(item, values, on_filter) for item in filters)
    if on_reset is not None:
        is_set = search != ""
        for item in filters:
            is_set = is_set | (values[item.name] != "")
        parts.append(rx.cond(is_set, button("Reset", icon="x", intent="quiet", on_click=on_reset)))
    parts.append(rx.el.div(class_name="filters-spacer"))
    return rx.el.div(*parts, *actions, class_name="filters", role="search")


def _search(search: Any, on_search: Handler, placeholder: Text) -> rx.Component:
    return rx.el.div(
        rx.icon("search", size=15),
        rx.debounce_input(
            rx.el.input(
                type="search",
                value=search,
                on_change=on_search,
                placeholder=placeholder,
                aria_label=placeholder,
                class_name="input",
                custom_attrs={"data-hotkey": "/"},
            ),
            debounce_timeout=DEBOUNCE_MS,
        ),
        class_name="search",
    )


def _select(item: Filter, values: Any, on_filter: Handler) -> rx.Component:
    if item.options is None:
        return rx.el.label(
            rx.el.span(item.label),
            rx.el.input(
                type="date",
                value=values[item.name],
                on_change=lambda value: on_filter(item.name, value),
                class_name="select",
            ),
            class_name="filter-day",
        )
    if isinstance(item.options, rx.Var):
        choices = [rx.foreach(item.options, lambda row: rx.el.option(row.label, value=row.value))]
    else:
        choices = [rx.el.option(text, value=value) for value, text in item.options]
    return rx.el.select(
        rx.el.option(item.label, value=""),
        *choices,
        value=values[item.name],
        on_change=lambda value: on_filter(item.name, value),
        aria_label=item.label,
        class_name="select",
    )
