"""Acts on several rows."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.types import Child, Handler


def bulk_bar(
    *,
    selected: Any,
    total: Any,
    on_clear: Handler,
    acts: Sequence[Child],
    on_all_matching: Handler | None = None,
    preflight: Any = "",
) -> rx.Component:
    """Show how many rows are ticked and what can be done with them; hidden while none is.

    Args:
        selected: list var of row ids.
        total: how many rows match the filters; offered as an explicit second step.
        preflight: who will be skipped and why, said before running.
    """
    everything: Any = rx.fragment()
    if on_all_matching is not None:
        everything = rx.cond(
            total > selected.length(),
            button(f"Select all {total} that match", intent="quiet", on_click=on_all_matching),
        )
    return rx.cond(
        selected.length() > 0,
        rx.el.div(
            rx.el.span(f"{selected.length()} selected", class_name="figures"),
            everything,
            *acts,
            rx.el.span(preflight, class_name="muted"),
            rx.el.div(class_name="filters-spacer"),
            button("Clear", intent="quiet", on_click=on_clear),
            class_name="bulk",
            role="region",
            aria_label="Acts on the selected rows",
        ),
    )
