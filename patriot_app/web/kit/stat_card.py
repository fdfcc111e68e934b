"""Key figures."""

from typing import Any

import reflex as rx

from patriot_app.web.kit.money_cell import money_cell
from patriot_app.web.kit.types import Flag, Text


def stat_card(
    *,
    label: Text,
    value: Any,
    delta: Any = None,
    hint: Text = "",
    loading: Flag = False,
) -> rx.Component:
    """Show one figure; put several into `layout("stats", ...)`.

    Args:
        value: a `format.Figure` var, or text.
        delta: a second `Figure` under it, with its own tone.
        hint: what the figure covers, such as "70 accounts".
    """
    return rx.el.div(
        rx.el.div(label, class_name="stat-label"),
        rx.el.div(
            rx.cond(loading, rx.el.span(class_name="skeleton"), _shown(value)),
            class_name="stat-value",
        ),
        rx.el.div(
            _shown(delta) if delta is not None else rx.fragment(),
            rx.el.span(hint),
            class_name="stat-foot",
        ),
        class_name="stat",
    )


def _shown(value: Any) -> Any:
    return value if _is_text(value) else money_cell(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str | rx.vars.StringVar)
