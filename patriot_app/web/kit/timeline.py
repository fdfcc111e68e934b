"""What happened to one object, newest first."""

from typing import Any

import reflex as rx

from patriot_app.web.kit.time_cell import time_cell


def timeline(entries: Any) -> rx.Component:
    """Show events.

    Args:
        entries: a var of `TimelineEntry` rows.
    """
    return rx.cond(
        entries.length() > 0,
        rx.el.ol(rx.foreach(entries, _entry), class_name="timeline"),
        rx.el.p("Nothing has happened yet.", class_name="muted"),
    )


def _entry(entry: Any) -> rx.Component:
    return rx.el.li(
        rx.el.div(
            rx.el.strong(entry.title),
            rx.el.span(time_cell(entry.at), class_name="muted"),
            class_name="timeline-head",
        ),
        rx.el.small(entry.detail),
        custom_attrs={"data-tone": entry.tone},
    )
