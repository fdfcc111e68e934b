"""One object beside its table."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web.kit.button import button
from patriot_app.web.kit.dialog import drawer_frame, frame_title
from patriot_app.web.kit.types import Child, Handler, Text


def detail_drawer(
    *,
    open: Any,
    on_close: Handler,
    title: Text,
    subtitle: Text = "",
    status: Child = None,
    sections: Sequence[tuple[str, Child]],
    actions: Sequence[Child] = (),
) -> rx.Component:
    """Show an object's sections; the last one is its history (`timeline`).

    Args:
        on_close: usually the table's `close_row`, which also takes the row out of the address.
        sections: (heading, content).
    """
    head = rx.el.div(
        rx.el.div(
            frame_title(title),
            rx.el.div(
                status if status is not None else rx.fragment(),
                rx.el.span(subtitle, class_name="muted"),
                class_name="cluster",
            ),
        ),
        button("Close", icon="x", icon_only=True, intent="quiet", on_click=on_close),
        class_name="drawer-head",
    )
    body = rx.el.div(
        *[
            rx.el.section(rx.el.h3(heading, class_name="section-title"), content)
            for heading, content in sections
        ],
        class_name="drawer-body",
    )
    foot = rx.el.div(*actions, class_name="drawer-foot") if actions else rx.fragment()
    return drawer_frame(body, foot, open=open, on_close=on_close, head=head)
