"""Short news about what was done."""

from typing import Any

import reflex as rx

from patriot_app.web.kit.types import Handler


def toast_region(toasts: Any, *, on_dismiss: Handler) -> rx.Component:
    """Show toasts; screen readers hear them.

    Args:
        toasts: a var of `Toast` rows.
        on_dismiss: receives the toast's id.
    """
    return rx.el.div(
        rx.foreach(toasts, lambda item: _toast(item, on_dismiss)),
        class_name="toasts",
        role="status",
        aria_live="polite",
    )


def _toast(item: Any, on_dismiss: Handler) -> rx.Component:
    return rx.el.div(
        rx.match(
            item.tone,
            ("positive", rx.icon("circle-check", size=16)),
            ("danger", rx.icon("circle-alert", size=16)),
            ("info", rx.icon("loader-circle", size=16)),
            rx.icon("info", size=16),
        ),
        rx.el.div(
            rx.el.strong(item.title),
            rx.cond(item.detail != "", rx.el.small(item.detail)),
            rx.cond(item.href != "", rx.el.small(rx.el.a("Open", href=item.href))),
        ),
        rx.el.button(
            rx.icon("x", size=13),
            rx.el.span("Dismiss", class_name="visually-hidden"),
            type="button",
            class_name="copy",
            on_click=on_dismiss(item.id),
        ),
        key=item.id,
        class_name="toast toast-" + item.tone,
        custom_attrs={"data-expires": rx.cond(item.tone == "danger", "", "true")},
    )
