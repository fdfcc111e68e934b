"""Server-side pager."""

from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.types import Handler


def pagination(*, page: Any, pages: Any, total: Any, on_change: Handler) -> rx.Component:
    """Show where one is and move.

    Args:
        page: from 1.
        on_change: receives the wanted page.
    """
    at_start = rx.cond(page <= 1, "This is the first page", "")
    at_end = rx.cond(page >= pages, "This is the last page", "")
    return rx.el.nav(
        rx.el.span(total, " ", rx.cond(total == 1, "row", "rows"), class_name="figures"),
        rx.el.div(
            rx.el.span(f"Page {page} of {pages}", class_name="figures"),
            button(
                "Previous page",
                icon="chevron-left",
                icon_only=True,
                disabled_reason=at_start,
                on_click=on_change(page - 1),
            ),
            button(
                "Next page",
                icon="chevron-right",
                icon_only=True,
                disabled_reason=at_end,
                on_click=on_change(page + 1),
            ),
            class_name="cluster",
        ),
        class_name="pager",
        aria_label="Pages",
    )
