"""Labels and values."""

from collections.abc import Sequence
from typing import Any

import reflex as rx


def description_list(items: Sequence[tuple[Any, ...]]) -> rx.Component:
    """Show facts of one object.

    Args:
        items: (label, value) or (label, value, text to copy).
    """
    parts: list[Any] = []
    for label, value, *copied in items:
        parts.append(rx.el.dt(label))
        copy = [copy_button(copied[0], what=label)] if copied else []
        parts.append(rx.el.dd(value, *copy, class_name="figures"))
    return rx.el.dl(*parts, class_name="facts")


def pair_list(pairs: Any, *, nothing: str) -> rx.Component:
    """Show labels and values that are known when the page is open.

    Args:
        pairs: a var of (label, value) rows.
        nothing: shown while there is none.
    """
    return rx.cond(
        pairs.length() == 0,
        rx.el.p(nothing, class_name="muted"),
        rx.el.dl(
            rx.foreach(pairs, lambda pair: rx.fragment(rx.el.dt(pair[0]), rx.el.dd(pair[1]))),
            class_name="facts",
        ),
    )


def change_list(facts: Any) -> rx.Component:
    """Show facts that are known when the page is open, each with its former value where it has one.

    Args:
        facts: a var of rows with `name`, `before` ("" where nothing changed) and `value`.
    """
    return rx.el.dl(rx.foreach(facts, _change), class_name="facts")


def _change(fact: Any) -> rx.Component:
    before = rx.fragment(rx.el.s(fact.before, class_name="muted"), " → ")
    return rx.fragment(
        rx.el.dt(fact.name),
        rx.el.dd(
            rx.cond(fact.before != "", before, rx.fragment()), fact.value, class_name="figures"
        ),
    )


def copy_button(text: Any, *, what: str) -> rx.Component:
    """Return a small button that copies a text."""
    return rx.el.button(
        rx.icon("copy", size=13),
        rx.el.span(f"Copy {what}", class_name="visually-hidden"),
        type="button",
        class_name="copy",
        title=f"Copy {what}",
        on_click=rx.set_clipboard(text),
    )
