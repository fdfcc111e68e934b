"""The frame of dialogs and drawers: focus stays inside, Esc closes, focus returns."""

from typing import Any

import reflex as rx
from reflex_components_radix.primitives.dialog import (  # type: ignore[import-untyped]
    dialog as radix,
)

from patriot_app.web.kit.types import Child, Handler, Text


def dialog_frame(
    *children: Child, open: Any, on_close: Handler, title: Text, hint: Text = "", wide: bool = False
) -> rx.Component:
    """Return a modal dialog."""
    return _modal(
        rx.el.div(
            radix.title(title, as_child=False),
            rx.cond(rx.Var.create(hint) != "", radix.description(hint)),
            class_name="dialog-head",
        ),
        rx.el.div(*children, class_name="dialog-body"),
        open=open,
        on_close=on_close,
        look="dialog dialog-wide" if wide else "dialog",
    )


def drawer_frame(
    *children: Child, open: Any, on_close: Handler, head: rx.Component
) -> rx.Component:
    """Return a modal drawer at the right edge."""
    return _modal(head, *children, open=open, on_close=on_close, look="drawer")


def frame_title(text: Text) -> rx.Component:
    """Return the title that names a dialog or drawer for screen readers."""
    return radix.title(text)


def _modal(*children: Child, open: Any, on_close: Handler, look: str) -> rx.Component:
    return radix.root(
        radix.portal(
            radix.overlay(class_name="overlay"),
            radix.content(*children, class_name=look, custom_attrs={"aria-describedby": None}),
        ),
        open=open,
        on_open_change=on_close,
    )
