"""Blocks that pages are laid out with."""

from typing import Any, Literal

import reflex as rx

from patriot_app.web.kit.types import Child, Flag, Handler, Text

Layout = Literal[
    "stack", "stack-small", "cluster", "grid", "grid-wide", "stats", "form-columns", "inset"
]


def layout(kind: Layout, *children: Child) -> rx.Component:
    """Lay children out: under each other, in a row, in a grid, as a strip of stat cards, fields
    side by side, set in from the edges of a card that is filled."""
    return rx.el.div(*children, class_name=kind)


def card(
    *children: Child,
    title: Text | None = None,
    hint: Text = "",
    actions: list[Child] | None = None,
    flush: bool = False,
) -> rx.Component:
    """Return a titled surface.

    Args:
        flush: no padding; for a table that fills the card.
    """
    head = (
        rx.el.div(
            rx.el.div(rx.el.h2(title), rx.el.p(hint)),
            rx.el.div(*(actions or []), class_name="cluster"),
            class_name="card-head",
        )
        if title is not None
        else rx.fragment()
    )
    body = rx.el.div(*children, class_name="card-body card-flush" if flush else "card-body")
    return rx.el.section(head, body, class_name="card")


def page_head(title: Text, *, hint: Text = "", actions: list[Child] | None = None) -> rx.Component:
    """Return a page's heading with its main acts."""
    return rx.el.header(
        rx.el.div(rx.el.h1(title), rx.el.p(hint)),
        rx.el.div(*(actions or []), class_name="cluster"),
        class_name="page-head",
    )


def notice(
    text: Text, *, tone: Literal["info", "warning", "danger", "positive"] = "info"
) -> rx.Component:
    """Return a line that states something the reader must know here."""
    icons = {"info": "info", "positive": "circle-check"}
    return rx.el.div(
        rx.icon(icons.get(tone, "triangle-alert"), size=16),
        rx.el.span(text),
        class_name=f"notice notice-{tone}",
        role="status",
    )


def tabs(
    items: list[tuple[str, Text]], *, value: rx.Var[str] | str, on_change: Handler
) -> rx.Component:
    """Return tabs; items are (value, label), and on_change receives the value."""
    return rx.el.div(
        *[
            rx.el.button(
                label,
                type="button",
                role="tab",
                class_name="tab",
                aria_selected=rx.cond(rx.Var.create(value) == key, "true", "false"),
                on_click=on_change(key),
            )
            for key, label in items
        ],
        class_name="tabs",
        role="tablist",
    )


def progress_bar(parts: Any, *, label: Text) -> rx.Component:
    """Show shares of a whole.

    Args:
        parts: a var of rows with `percent` ("37.5%") and `tone`.
        label: says the same in words.
    """
    return rx.el.div(
        rx.foreach(
            parts,
            lambda part: rx.el.span(class_name="fill-" + part.tone, style={"width": part.percent}),
        ),
        class_name="progress",
        role="img",
        aria_label=label,
        title=label,
    )


def shown_if(condition: Flag, *children: Child) -> rx.Component:
    """Show children only while the condition holds."""
    return rx.cond(condition, rx.fragment(*children))
