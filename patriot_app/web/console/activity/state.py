"""The event log: a table and a drawer, nothing to change."""

from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import events as event_queries
from patriot_app.web import live
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.activity.rows import ActivityRow, activity_row, timeline_entries
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.table_state import TableMixin


class ActivityState(TableMixin, rx.State):
    """Rows of the log and the open event."""

    rows: list[ActivityRow] = []
    event: ActivityRow = ActivityRow()
    history: list[TimelineEntry] = []

    _filter_names = ("severity", "surface")

    @rx.event
    @requires(Permission.AUDIT_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        try:
            await self._load_rows()
            await self._load_event()
        except PatriotError as error:
            self._reject(error)

    async def _load_rows(self) -> None:
        actor = current_actor()
        page = await live.shared(
            live.scope_of(actor), "commands halts", event_queries.page, actor, self._page_request()
        )
        now = SystemClock().now()
        self._accept(page, [activity_row(event, now=now) for event in page.items])

    async def _load_event(self) -> None:
        found = None
        if self.open_id:
            found = await event_queries.get(current_actor(), UUID(self.open_id))
        if found is None:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.event = activity_row(found, now=now)
        self.history = []
        if found.subject_id is not None:
            events = await event_queries.timeline(current_actor(), found.subject_id)
            self.history = timeline_entries(events, now=now)
