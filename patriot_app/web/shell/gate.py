"""The pages outside the frame: who stands before them is not in yet, or has lost his way."""

from typing import Any

import reflex as rx

from patriot_app.web.shell.frame import brand


def gate_page(*children: Any, title: str, footer: Any = "") -> rx.Component:
    """Return a page outside the frame: sign-in and its kin.

    Args:
        title: its heading for those who hear the page.
    """
    return rx.el.main(
        rx.el.div(
            rx.el.h1(title, class_name="visually-hidden"),
            brand(),
            *children,
            rx.el.p(footer, class_name="gate-foot"),
            class_name="gate-card",
        ),
        class_name="gate",
    )
