"""A table whose cells are coloured by how much they weigh; each says its figure, too."""

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.web.kit.types import Handler

STEPS = (Decimal("0.05"), Decimal("0.15"), Decimal("0.30"), Decimal(1))
"""Shares from which a cell is one step darker; below the first it has no colour."""


@dataclass(frozen=True, slots=True)
class HeatCell:
    """One cell; `heat` is "" or "long-1" to "short-4", `note` stands small under the figure."""

    text: str = ""
    note: str = ""
    heat: str = ""


@dataclass(frozen=True, slots=True)
class HeatRow:
    """One line; `id` is what a click on its head names, "" where nothing opens."""

    id: str = ""
    label: str = ""
    note: str = ""
    cells: list[HeatCell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Heat:
    """A drawn table."""

    columns: list[str] = field(default_factory=list)
    rows: list[HeatRow] = field(default_factory=list)


def heat_of(share: Decimal, *, steps: tuple[Decimal, ...] = STEPS) -> str:
    """Return the colour of a signed share: none, or its side and a step from 1 on."""
    step = sum(abs(share) >= least for least in steps)
    return f"{'short' if share < 0 else 'long'}-{step}" if step else ""


def heat_map(
    heat: Any, *, label: str, empty: rx.Component, on_row: Handler | None = None, test_id: str = ""
) -> rx.Component:
    """Show `Heat`; what is wider than its frame is scrolled, the heads of the lines stay.

    Args:
        on_row: receives the id of a line whose head is pressed.
    """
    table = rx.el.table(
        rx.el.thead(
            rx.el.tr(
                rx.el.td(),
                rx.foreach(heat.columns, lambda name: rx.el.th(name, scope="col")),
            )
        ),
        rx.el.tbody(rx.foreach(heat.rows, lambda row: _line(row, on_row))),
        class_name="heat",
        aria_label=label,
        data_testid=test_id or None,
    )
    frame = rx.el.div(table, class_name="heat-scroll", role="region", aria_label=label, tab_index=0)
    return rx.cond(heat.rows.length() > 0, frame, empty)


def _line(row: Any, on_row: Handler | None) -> rx.Component:
    name: Any = row.label
    if on_row is not None:
        opener = rx.el.button(
            row.label, type="button", class_name="heat-open", on_click=on_row(row.id)
        )
        name = rx.cond(row.id != "", opener, rx.el.span(row.label))
    return rx.el.tr(
        rx.el.th(name, rx.el.small(row.note), scope="row"),
        rx.foreach(row.cells, _cell),
    )


def _cell(cell: Any) -> rx.Component:
    return rx.el.td(
        rx.el.span(cell.text), rx.el.small(cell.note), custom_attrs={"data-heat": cell.heat}
    )
