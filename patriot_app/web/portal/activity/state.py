"""What a client did, and what the record tells about him."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import events
from patriot_app.core.queries.events import EventView
from patriot_app.core.queries.page import PageRequest
from patriot_app.web import table_export
from patriot_app.web.auth import requires
from patriot_app.web.parts import history
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.activity.rows import ActivityLine, activity_line
from patriot_app.web.table_state import TableMixin

CSV: table_export.Columns[EventView] = [
    ("at", lambda one: one.recorded_at),
    ("what", lambda one: history.sentence(one.type)),
    ("who", lambda one: activity_line(one, now=one.recorded_at).who),
    ("detail", history.told_of),
    ("address", lambda one: activity_line(one, now=one.recorded_at).address),
]


class MyActivityState(TableMixin, rx.State):
    """One page of it, newest first."""

    rows: list[ActivityLine] = []

    _filter_names = ("since",)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Show what the address asks for; whose it is comes from his session."""
        self._read_address()
        try:
            actor, _ = owner()
            now = SystemClock().now()
            page = await events.page(actor, self._own_request())
            self._accept(page, [activity_line(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def export(self) -> Any:
        """Save the shown lines as CSV."""
        actor, _ = owner()
        text = await table_export.as_csv(events.page, actor, self._own_request(), CSV)
        return table_export.download(text, name="activity", now=SystemClock().now())

    def _own_request(self) -> PageRequest:
        _, client_id = owner()
        request = self._page_request()
        return PageRequest(
            page=request.page,
            size=request.size,
            filters={**request.filters, "person_id": str(client_id)},
        )
