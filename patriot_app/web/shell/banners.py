"""The banners over every page: halts, maintenance, trouble, figures that are stale."""

from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from patriot_app.web import routes
from patriot_app.web.shell.state import ShellState


def banners() -> rx.Component:
    """Return what whoever is here must know, whatever page he looks at."""
    return rx.fragment(
        _standing(),
        rx.cond(
            ShellState.halt != "",
            rx.el.div(
                rx.icon("octagon-x", size=16),
                rx.el.span(ShellState.halt),
                link("Kill switch", to=routes.KILL_SWITCH),
                class_name="banner",
                role="alert",
            ),
        ),
        rx.foreach(ShellState.maintenance, _maintenance),
        rx.cond(
            ShellState.trouble != "",
            rx.el.div(
                rx.icon("triangle-alert", size=16),
                rx.el.span(ShellState.trouble),
                link("See what is amiss", to=routes.SYSTEM),
                class_name="banner banner-warning",
                role="note",
            ),
        ),
        _silent(),
        rx.cond(
            ShellState.stale != "",
            rx.el.div(
                rx.icon("unplug", size=16),
                rx.el.span(ShellState.stale),
                class_name="banner banner-warning",
                role="status",
            ),
        ),
        rx.cond(
            ShellState.is_solo,
            rx.el.div(
                rx.icon("user-round-check", size=16),
                rx.el.span(
                    "One-person desk: four-eyes is off. Who proposes may also carry it through."
                ),
                class_name="banner banner-info",
                role="note",
            ),
        ),
    )


def _standing() -> rx.Component:
    return rx.cond(
        ShellState.standing != "",
        rx.el.div(
            rx.icon("user-round-x", size=16),
            rx.el.span(ShellState.standing),
            class_name="banner banner-warning",
            role="status",
        ),
    )


def _silent() -> rx.Component:
    return rx.cond(
        ShellState.silent != "",
        rx.el.div(
            rx.icon("bell-off", size=16),
            rx.el.span(f"Messages do not leave by {ShellState.silent}."),
            link("See what waits", to=routes.DELIVERY),
            class_name="banner banner-warning",
            role="alert",
        ),
    )


def _maintenance(told: Any) -> rx.Component:
    return rx.el.div(
        rx.icon("wrench", size=16),
        rx.el.span(told),
        class_name="banner banner-warning",
        role="status",
    )


def link(*children: Any, to: Any, **props: Any) -> rx.Component:
    """Return a link within the product: no reload."""
    return ReactRouterLink.create(
        *[child for child in children if child is not None], to=to, **props
    )
