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
