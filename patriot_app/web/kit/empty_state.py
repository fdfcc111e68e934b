"""What stands where nothing is."""

import reflex as rx

from patriot_app.web.kit.types import Text


def empty_state(
    *, title: Text, body: Text = "", action: rx.Component | None = None, icon: str = "inbox"
) -> rx.Component:
    """Say what this place is for and what to do next."""
    return rx.el.div(
        rx.icon(icon, size=22),
        rx.el.h3(title),
        rx.el.p(body),
        action or rx.fragment(),
        class_name="empty",
    )
