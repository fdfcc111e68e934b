"""The frame around every page: navigation, mode ribbon, banners, user menu, command palette."""

from collections.abc import Sequence
from typing import Any

import reflex as rx

from patriot_app.web import routes
from patriot_app.web.actions import ToastState
from patriot_app.web.kit import plain_form, toast_region
from patriot_app.web.shell.banners import banners, link
from patriot_app.web.shell.places import CONSOLE_BOTTOM, OWN_PAGES, PORTAL_BOTTOM, Place
from patriot_app.web.shell.state import ShellState


def frame(
    content: rx.Component, *, route: str, title: str, places: Sequence[Place]
) -> rx.Component:
    """Return a whole page."""
    return rx.el.div(
        _ribbon(),
        _side(route, places),
        rx.el.div(
            _top(title, places),
            banners(),
            rx.el.main(content, class_name="content", id="content"),
            class_name="main",
        ),
        _bottom(route, places),
        _palette(places),
        _menu(),
        toast_region(ToastState.toasts, on_dismiss=ToastState.dismiss),
        class_name="frame",
        custom_attrs={"data-zone": ShellState.zone},
    )


def _ribbon() -> rx.Component:
    return rx.el.div(
        rx.el.b(rx.cond(ShellState.mode == "unknown", "", ShellState.mode.upper())),
        rx.el.span(ShellState.mode_text),
        class_name="ribbon ribbon-" + ShellState.mode,
        role="status",
    )


def _side(route: str, places: Sequence[Place]) -> rx.Component:
    parts: list[Any] = [brand()]
    group = ""
    for place in places:
        if place.group != group:
            group = place.group
            parts.append(rx.el.div(group, class_name="nav-group"))
        parts.append(_nav_link(place, route))
    return rx.el.nav(*parts, class_name="side", aria_label="Main")


def _nav_link(place: Place, route: str) -> rx.Component:
    return link(
        rx.icon(place.icon, size=15),
        rx.el.span(place.title),
        _count(ShellState.awaiting, "Clients who await approval")
        if place.route == routes.CLIENTS
        else None,
        _count(ShellState.asking, "Questions that wait for an answer")
        if place.route == routes.TICKETS
        else None,
        _count(ShellState.deciding, "Proposals that wait for you")
        if place.route == routes.APPROVALS
        else None,
        rx.el.kbd(f"g {place.key}", aria_hidden="true") if place.key else None,
        to=place.route,
        class_name="nav-link",
        custom_attrs={"data-go": place.key, **_current(place.route == route)},
    )


def _count(number: Any, title: str) -> rx.Component:
    """Show how many things wait at a place."""
    return rx.cond(
        number > 0,
        rx.el.span(
            number, class_name="nav-count figures", title=title, aria_label=title, role="img"
        ),
    )


def _current(is_current: bool) -> dict[str, str]:
    return {"aria-current": "page"} if is_current else {}


def brand() -> rx.Component:
    """Return the name of the product."""
    return rx.el.div(rx.icon("shield-half", size=20), "PATRIOT", class_name="brand")


def route_of_bell(places: Sequence[Place]) -> str:
    """Return where the bell leads: each area has a notification centre of its own."""
    return routes.NOTIFICATIONS if _is_console(places) else routes.MY_NOTIFICATIONS


def _is_console(places: Sequence[Place]) -> bool:
    return any(place.route == routes.OVERVIEW for place in places)


def _zone(places: Sequence[Place]) -> rx.Component:
    """Name the zone of the times on this page, and lead to where another is chosen."""
    is_console = _is_console(places)
    return rx.cond(
        ShellState.zone != "",
        link(
            ShellState.zone,
            to=routes.NOTIFICATION_SETTINGS if is_console else routes.MY_NOTIFICATION_SETTINGS,
            class_name="zone",
            title="Exact times are in this zone. Choose another",
        ),
    )


def _bell(route: str) -> rx.Component:
    return link(
        rx.icon("bell", size=15),
        rx.cond(
            ShellState.unread != "",
            rx.el.span(ShellState.unread, class_name="nav-count figures", aria_hidden="true"),
        ),
        to=route,
        class_name="button button-quiet bell",
        aria_label=rx.cond(
            ShellState.unread != "", f"Notifications, {ShellState.unread} unread", "Notifications"
        ),
        custom_attrs={"data-bell": "true"},
    )


def _top(title: str, places: Sequence[Place]) -> rx.Component:
    return rx.el.header(
        rx.el.span(title, class_name="cell-strong"),
        rx.el.span(class_name="top-spacer"),
        rx.el.span(
            rx.el.span(ShellState.beat),
            class_name="beat",
            custom_attrs={"data-tone": ShellState.beat_tone},
            title=ShellState.stale,
        ),
        _zone(places),
        rx.el.button(
            rx.icon("search", size=15),
            rx.el.span("Go to …"),
            rx.el.kbd("Ctrl K"),
            type="button",
            class_name="find",
            aria_label="Open the command palette",
            custom_attrs={"data-opens-palette": "true"},
        ),
        _bell(route_of_bell(places)),
        theme_switch(),
        rx.el.button(
            ShellState.initials,
            type="button",
            class_name="avatar",
            aria_label="User menu",
            custom_attrs={"popovertarget": "user-menu"},
        ),
        class_name="top",
    )


def theme_switch() -> rx.Component:
    """Return the switch between light and dark."""
    return rx.el.button(
        rx.icon("moon", size=15, class_name="theme-light"),
        rx.icon("sun", size=15, class_name="theme-dark"),
        type="button",
        class_name="button button-quiet button-icon",
        aria_label="Switch between light and dark",
        on_click=rx.toggle_color_mode,
    )


def _menu() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.strong(ShellState.name),
            rx.el.small(ShellState.roles, class_name="muted"),
            class_name="menu-head",
        ),
        *[
            link(
                rx.icon(icon, size=15),
                title,
                to=route,
                reload_document=True,
                class_name="menu-item",
            )
            for icon, title, route in OWN_PAGES
        ],
        plain_form(
            rx.el.input(type="hidden", name="csrf", value=ShellState.csrf, read_only=True),
            rx.el.button(
                rx.icon("log-out", size=15),
                "Sign out",
                type="submit",
                class_name="menu-item",
                # The page may be faster than the token that the form needs.
                disabled=ShellState.csrf == "",
            ),
            action=routes.API_SIGN_OUT,
        ),
        id="user-menu",
        class_name="menu",
        custom_attrs={"popover": "auto"},
    )


def _palette(places: Sequence[Place]) -> rx.Component:
    return rx.el.dialog(
        rx.el.input(type="text", placeholder="Go to a page", aria_label="Go to a page"),
        rx.el.ul(
            *[
                rx.el.li(
                    link(
                        rx.icon(place.icon, size=15),
                        place.title,
                        rx.el.small(f"g {place.key}" if place.key else ""),
                        to=place.route,
                    )
                )
                for place in places
            ]
        ),
        id="palette",
        class_name="palette",
        aria_label="Command palette",
    )


def _bottom(route: str, places: Sequence[Place]) -> rx.Component:
    shown = [place for place in places if place.route in (*CONSOLE_BOTTOM, *PORTAL_BOTTOM)]
    return rx.el.nav(
        *[
            link(
                rx.icon(place.icon, size=19),
                place.title,
                to=place.route,
                custom_attrs=_current(place.route == route),
            )
            for place in shown
        ],
        rx.el.button(
            rx.icon("menu", size=19),
            "More",
            type="button",
            custom_attrs={"data-opens-palette": "true"},
        ),
        class_name="bottom",
        aria_label="Main, phone",
    )
