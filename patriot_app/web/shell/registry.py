"""Every page of the product, as the composition root adds it to the application."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import reflex as rx

Page = Callable[[], rx.Component]


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
        dialogs: the states whose dialogs stand on the page.
    """

    area: str
    topics: frozenset[str]
    refresh: str
    dialogs: tuple[type[Any], ...] = ()


FRAMED: dict[str, Framed] = {}
"""The pages within the frame, by route."""

REGISTERED: list[Registered] = []
"""Every page of the product, in the order of import."""
