"""The event log: a table and a drawer, nothing to change."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries.events import EventView
from patriot_app.web import live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.activity.rows import ActivityRow, Fact, activity_row, facts
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts import history
from patriot_app.web.table_state import TableMixin

TOPICS = "commands halts"
COLUMNS: table_export.Columns[EventView] = [
    ("id", lambda event: event.id),
    ("recorded_at", lambda event: event.recorded_at),
    ("stream", lambda event: event.stream),
    ("number", lambda event: event.sequence),
    ("type", lambda event: event.type),
    ("severity", lambda event: event.severity),
    ("actor", lambda event: event.actor),
    ("surface", lambda event: event.surface),
    ("object", lambda event: event.subject_id),
    ("request", lambda event: event.request),
    ("address", lambda event: event.ip),
    ("session", lambda event: event.session),
    (
        "facts",
        lambda event: "; ".join(f"{k}={history.told(v)}" for k, v in event.payload.items()),
    ),
]


class ActivityState(TableMixin, rx.State):
    """Rows of the log and the open event."""

    rows: list[ActivityRow] = []
    event: ActivityRow = ActivityRow()
    facts: list[Fact] = []
    request: list[TimelineEntry] = []
    history: list[TimelineEntry] = []
    narrowed: bool = False

    _filter_names = ("area", "severity", "surface", "refused", "from", "to", "person_id")

    @rx.event
    @requires(Permission.AUDIT_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.narrowed = bool(self.filters["person_id"])
        try:
            await self._load_rows()
            await self._load_event()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.AUDIT_READ)
    async def export(self) -> Any:
        """Save the filtered events as CSV."""
        text = await table_export.as_csv(
            event_queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="record", now=SystemClock().now())

    async def _load_rows(self) -> None:
        actor = current_actor()
        page = await live.shared(
            live.scope_of(actor), TOPICS, event_queries.page, actor, self._page_request()
        )
        now = SystemClock().now()
        self._accept(page, [activity_row(event, now=now) for event in page.items])

    async def _load_event(self) -> None:
        actor = current_actor()
        found = await event_queries.get(actor, UUID(self.open_id)) if self.open_id else None
        if found is None:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.event = activity_row(found, now=now)
        self.facts = facts(found)
        same = await event_queries.of_request(actor, found.request)
        self.request = history.timeline_entries(same, now=now)
        self.history = []
        if found.subject_id is not None:
            events = await event_queries.timeline(actor, found.subject_id)
            self.history = history.timeline_entries(events, now=now)
