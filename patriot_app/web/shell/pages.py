"""How a page is registered."""

from collections.abc import Callable
from typing import Any

import reflex as rx

from patriot_app.web import live, routes
from patriot_app.web.actions import DialogMixin
from patriot_app.web.kit import button, card
from patriot_app.web.kit.gallery import gallery
from patriot_app.web.shell.frame import frame
from patriot_app.web.shell.gate import gate_page
from patriot_app.web.shell.places import CONSOLE_PLACES, PORTAL_PLACES
from patriot_app.web.shell.registry import FRAMED, REGISTERED, Framed, Page, Registered
from patriot_app.web.shell.state import ShellState

Dialogs = tuple[type[DialogMixin], ...]


def console_page(
    route: str,
    *,
    title: str,
    on_load: Any = None,
    refresh: Any = None,
    topics: str = "",
    dialogs: Dialogs = (),
) -> Callable[[Page], Page]:
    """Register a page of the operator console.

    Args:
        on_load: handler that reads the address and fills the page's state.
        refresh: handler that loads again when a topic is touched; default: `on_load`.
        topics: space-separated: orders positions fan_outs signals commands equity halts
            heartbeats accounts clients instruments strategies fees reconciliation.
        dialogs: states with dialogs on the page besides that of `on_load`.
    """
    return _page(
        "console",
        route,
        title=title,
        on_load=on_load,
        refresh=refresh,
        topics=topics,
        dialogs=dialogs,
    )


def portal_page(
    route: str,
    *,
    title: str,
    on_load: Any = None,
    refresh: Any = None,
    topics: str = "",
    dialogs: Dialogs = (),
) -> Callable[[Page], Page]:
    """Register a page of the customer portal; arguments as for `console_page`."""
    return _page(
        "portal",
        route,
        title=title,
        on_load=on_load,
        refresh=refresh,
        topics=topics,
        dialogs=dialogs,
    )


def _page(
    area: str,
    route: str,
    *,
    title: str,
    on_load: Any,
    refresh: Any,
    topics: str,
    dialogs: Dialogs,
) -> Callable[[Page], Page]:
    handler = refresh if refresh is not None else on_load
    name = live.name_of(handler) if handler is not None and topics else ""
    own = getattr(on_load, "state", None)
    if own is not None and issubclass(own, DialogMixin):
        dialogs = (own, *dialogs)
    FRAMED[route] = Framed(area, frozenset(topics.split()), name, dialogs)
    loads = [ShellState.arrive(route), *([on_load] if on_load is not None else [])]
    places = CONSOLE_PLACES if area == "console" else PORTAL_PLACES

    def decorate(page: Page) -> Page:
        def framed() -> rx.Component:
            return frame(page(), route=route, title=title, places=places)

        REGISTERED.append(Registered(framed, route, title, tuple(loads)))
        return page

    return decorate


def open_page(route: str, *, title: str, on_load: Any = None) -> Callable[[Page], Page]:
    """Register a page outside the frame that needs no session: sign-in and its kin."""

    def decorate(page: Page) -> Page:
        REGISTERED.append(Registered(page, route, title, (on_load,) if on_load else ()))
        return page

    return decorate


@open_page(routes.KIT, title="Kit")
def kit_page() -> rx.Component:
    """Return the gallery in the frame; it shows samples and nobody's data."""
    return frame(gallery(), route=routes.KIT, title="Kit", places=CONSOLE_PLACES)


@open_page(routes.NOT_FOUND, title="Not found")
def not_found_page() -> rx.Component:
    """Return what stands at an address that leads nowhere.

    The router also comes here for the pages of plain HTML, of which it knows nothing; the mark
    tells the page's script, which asks the server for them.
    """
    return gate_page(
        card(
            button("To the desk", intent="primary", href=routes.OVERVIEW),
            title="There is no such page",
            hint="The address may be mistyped, or what it led to has moved.",
        ),
        title="Not found",
        footer=rx.el.span(custom_attrs={"data-not-found": "true"}),
    )
