"""The frame around every page: navigation, mode ribbon, banners, user menu, command palette."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx
from reflex_components_core.react_router.dom import ReactRouterLink

from patriot_app.core.clock import SystemClock
from patriot_app.core.queries import desk as desk_queries
from patriot_app.web import format, live, routes
from patriot_app.web.actions import ToastState
from patriot_app.web.auth import Access, current, requires
from patriot_app.web.kit import toast_region
from patriot_app.web.kit.gallery import gallery

Page = Callable[[], rx.Component]
HEARTBEAT_STALE_S = 15


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation; `key` after "g" leads there."""

    route: str
    title: str
    icon: str
    key: str = ""
    group: str = ""


CONSOLE_PLACES = (
    Place(routes.OVERVIEW, "Overview", "layout-dashboard", "o"),
    Place(routes.CLIENTS, "Clients", "users", "c", "Desk"),
    Place(routes.ACCOUNTS, "Accounts", "key-round", "a", "Desk"),
    Place(routes.FEES, "Fees", "receipt-text", "f", "Desk"),
    Place(routes.STRATEGIES, "Strategies", "workflow", "s", "Trading"),
    Place(routes.SIGNALS, "Signals", "radio-tower", "n", "Trading"),
    Place(routes.ORDERS, "Orders", "list-ordered", "d", "Trading"),
    Place(routes.POSITIONS, "Positions", "scale", "p", "Trading"),
    Place(routes.RISK, "Risk", "shield", "r", "Trading"),
    Place(routes.INSTRUMENTS, "Instruments", "candlestick-chart", "i", "Platform"),
    Place(routes.SYSTEM, "System", "server", "y", "Platform"),
    Place(routes.ACTIVITY, "Activity", "history", "h", "Platform"),
)
CONSOLE_BOTTOM = (routes.OVERVIEW, routes.ORDERS, routes.POSITIONS, routes.RISK)
PORTAL_PLACES = (
    Place(routes.PORTFOLIO, "Portfolio", "wallet", "o"),
    Place(routes.MY_POSITIONS, "Positions", "scale", "p"),
    Place(routes.MY_PERFORMANCE, "Performance", "chart-line", "f"),
    Place(routes.MY_KEYS, "Keys", "key-round", "k"),
)


@dataclass(frozen=True, slots=True)
class Registered:
    """A page as the composition root adds it to the application."""

    build: Page
    route: str
    title: str
    on_load: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Framed:
    """What a page within the frame follows; the browser names only the route.

    Attributes:
        refresh: event name of the handler that runs when a topic is touched; empty: none.
    """

    area: str
    topics: frozenset[str]
    refresh: str


FRAMED: dict[str, Framed] = {}
"""The pages within the frame, by route."""

REGISTERED: list[Registered] = []
"""Every page of the product, in the order of import."""


class ShellState(rx.State):
    """What the frame shows: who is here, in which mode, what stands still."""

    name: str = ""
    initials: str = ""
    roles: str = ""
    csrf: str = ""
    mode: str = "unknown"
    mode_text: str = ""
    halt: str = ""
    stale: str = ""
    beat: str = ""
    beat_tone: str = "neutral"
    is_solo: bool = False

    @rx.event
    @requires(Access.SIGNED_IN)
    async def arrive(self, route: str) -> Any:
        """Fill the frame, follow the page's topics, and send each person to his own area."""
        signed_in = current()
        tab = self.router.session.client_token
        live.HUB.unsubscribe(tab)
        page = FRAMED.get(route)
        if page is not None and page.area == "console" and not signed_in.actor.is_staff:
            return rx.redirect(routes.PORTFOLIO, replace=True)
        if page is not None and page.refresh:
            live.HUB.subscribe(tab, page.topics, page.refresh)
        self.name, self.csrf = signed_in.actor.name, signed_in.csrf_token
        self.initials = "".join(word[:1] for word in self.name.split()[:2]).upper()
        self.roles = ", ".join(format.label(role.value) for role in sorted(signed_in.actor.roles))
        await self._load_desk()
        return None

    async def _load_desk(self) -> None:
        actor = current().actor
        desk = await live.shared(
            live.scope_of(actor), "halts heartbeats accounts", desk_queries.frame, actor
        )
        self.mode, self.mode_text = desk.mode, MODES.get(desk.mode, desk.mode)
        self.halt = desk.halt
        now = SystemClock().now()
        age = None if desk.beat_at is None else (now - desk.beat_at).total_seconds()
        is_late = age is None or age > HEARTBEAT_STALE_S
        self.beat_tone = "danger" if is_late else "positive"
        self.beat = "Daemon silent" if is_late else "Daemon running"
        self.stale = "" if not is_late else _stale_text(age)


MODES = {
    "paper": "Simulated exchange. No real money moves.",
    "demo": "Demo tenant on a simulated exchange. No real money moves.",
    "testnet": "Exchange test network. No real money moves.",
    "live": "Real accounts and real money.",
}


def _stale_text(age: float | None) -> str:
    since = "has not reported yet" if age is None else f"last reported {format.relative(age)}"
    return f"The trading daemon {since}. Figures are stale and commands wait."


def console_page(
    route: str,
    *,
    title: str,
    on_load: Any = None,
    refresh: Any = None,
    topics: str = "",
) -> Callable[[Page], Page]:
    """Register a page of the operator console.

    Args:
        on_load: handler that reads the address and fills the page's state.
        refresh: handler that loads again when a topic is touched; default: `on_load`.
        topics: space-separated: orders positions fan_outs signals commands equity halts
            heartbeats accounts clients instruments strategies fees.
    """
    return _page("console", route, title=title, on_load=on_load, refresh=refresh, topics=topics)


def portal_page(
    route: str,
    *,
    title: str,
    on_load: Any = None,
    refresh: Any = None,
    topics: str = "",
) -> Callable[[Page], Page]:
    """Register a page of the customer portal; arguments as for `console_page`."""
    return _page("portal", route, title=title, on_load=on_load, refresh=refresh, topics=topics)


def _page(
    area: str, route: str, *, title: str, on_load: Any, refresh: Any, topics: str
) -> Callable[[Page], Page]:
    handler = refresh if refresh is not None else on_load
    name = live.name_of(handler) if handler is not None and topics else ""
    FRAMED[route] = Framed(area, frozenset(topics.split()), name)
    loads = [ShellState.arrive(route)]
    if on_load is not None:
        loads.append(on_load)
    places = CONSOLE_PLACES if area == "console" else PORTAL_PLACES

    def decorate(page: Page) -> Page:
        def framed() -> rx.Component:
            return frame(page(), route=route, title=title, places=places)

        REGISTERED.append(Registered(framed, route, title, tuple(loads)))
        return page

    return decorate


def frame(
    content: rx.Component, *, route: str, title: str, places: Sequence[Place]
) -> rx.Component:
    """Return a whole page."""
    return rx.el.div(
        _ribbon(),
        _side(route, places),
        rx.el.div(
            _top(title),
            _banners(),
            rx.el.main(content, class_name="content", id="content"),
            class_name="main",
        ),
        _bottom(route, places),
        _palette(places),
        _menu(),
        toast_region(ToastState.toasts, on_dismiss=ToastState.dismiss),
        class_name="frame",
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
        rx.el.kbd(f"g {place.key}", aria_hidden="true") if place.key else None,
        to=place.route,
        class_name="nav-link",
        custom_attrs={"data-go": place.key, **_current(place.route == route)},
    )


def link(*children: Any, to: Any, **props: Any) -> rx.Component:
    """Return a link within the product: no reload."""
    return ReactRouterLink.create(
        *[child for child in children if child is not None], to=to, **props
    )


def _current(is_current: bool) -> dict[str, str]:
    return {"aria-current": "page"} if is_current else {}


def brand() -> rx.Component:
    """Return the name of the product."""
    return rx.el.div(rx.icon("shield-half", size=20), "PATRIOT", class_name="brand")


def _top(title: str) -> rx.Component:
    return rx.el.header(
        rx.el.span(title, class_name="cell-strong"),
        rx.el.span(class_name="top-spacer"),
        rx.el.span(
            rx.el.span(ShellState.beat),
            class_name="beat",
            custom_attrs={"data-tone": ShellState.beat_tone},
            title=ShellState.stale,
        ),
        rx.el.button(
            rx.icon("search", size=15),
            rx.el.span("Go to …"),
            rx.el.kbd("Ctrl K"),
            type="button",
            class_name="find",
            aria_label="Open the command palette",
            custom_attrs={"data-opens-palette": "true"},
        ),
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


def _banners() -> rx.Component:
    return rx.fragment(
        rx.cond(
            ShellState.halt != "",
            rx.el.div(
                rx.icon("octagon-x", size=16),
                rx.el.span(ShellState.halt),
                link("Risk", to=routes.RISK),
                class_name="banner",
                role="alert",
            ),
        ),
        rx.cond(
            ShellState.stale != "",
            rx.el.div(
                rx.icon("unplug", size=16),
                rx.el.span(ShellState.stale),
                class_name="banner banner-warning",
                role="status",
            ),
        ),
    )


def _menu() -> rx.Component:
    return rx.el.div(
        rx.el.div(
            rx.el.strong(ShellState.name),
            rx.el.small(ShellState.roles, class_name="muted"),
            class_name="menu-head",
        ),
        rx.el.form(
            rx.el.input(type="hidden", name="csrf", value=ShellState.csrf, read_only=True),
            rx.el.button(
                rx.icon("log-out", size=15), "Sign out", type="submit", class_name="menu-item"
            ),
            action=routes.API_SIGN_OUT,
            method="post",
            custom_attrs={"data-plain-form": "true"},
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
                        rx.el.small(f"g {place.key}"),
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
    shown = [place for place in places if place.route in CONSOLE_BOTTOM or places is PORTAL_PLACES]
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


def open_page(route: str, *, title: str, on_load: Any = None) -> Callable[[Page], Page]:
    """Register a page outside the frame that needs no session: sign-in and its kin."""

    def decorate(page: Page) -> Page:
        REGISTERED.append(Registered(page, route, title, (on_load,) if on_load else ()))
        return page

    return decorate


def gate_page(*children: Any, footer: Any = "") -> rx.Component:
    """Return a page outside the frame: sign-in and its kin."""
    return rx.el.main(
        rx.el.div(
            brand(),
            *children,
            rx.el.p(footer, class_name="gate-foot"),
            class_name="gate-card",
        ),
        class_name="gate",
    )


@open_page(routes.KIT, title="Kit")
def kit_page() -> rx.Component:
    """Return the gallery in the frame; it shows samples and nobody's data."""
    return frame(gallery(), route=routes.KIT, title="Kit", places=CONSOLE_PLACES)
