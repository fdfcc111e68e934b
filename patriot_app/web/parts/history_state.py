"""The history of the object that a page has open, the same everywhere."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.queries.events import EventView
from patriot_app.web.auth import current_actor
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.history import timeline_entries


class HistoryMixin(rx.State, mixin=True):
    """What the last section of a drawer shows."""

    history: list[TimelineEntry] = []

    async def _load_history(
        self, query: Callable[..., Awaitable[Sequence[EventView]]], *args: Any, **kwargs: Any
    ) -> None:
        """Read the events that one of `queries.events` finds for the signed-in person."""
        events = await query(current_actor(), *args, **kwargs)
        self.history = timeline_entries(events, now=SystemClock().now())
