"""One person's messages: whose they are comes from his session."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.queries import notifications as queries
from patriot_app.core.services import notifications
from patriot_app.web import live
from patriot_app.web.actions import perform, toast
from patriot_app.web.auth import Access, current_actor, requires
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.notices import NoticeRow, notice_row
from patriot_app.web.table_state import TableMixin

TOPICS = "notifications"


class NoticesState(TableMixin, rx.State):
    """One page of them, newest first."""

    rows: list[NoticeRow] = []

    _filter_names = ("unread", "severity", "kind")

    @rx.event
    @requires(Access.SIGNED_IN)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        actor, now = current_actor(), SystemClock().now()
        try:
            page = await queries.page(actor, self._page_request())
            rows = [notice_row(one, is_staff=actor.is_staff, now=now) for one in page.items]
            self._accept(page, rows)
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Access.SIGNED_IN)
    async def toggle_read(self, notice_id: str) -> Any:
        """Mark a message as read, or as unread again."""
        row = next((one for one in self.rows if one.id == notice_id), None)
        if row is None:
            return None
        if row.is_unread:
            outcome = await perform(notifications.mark_read, [id_of(row.id)], done="Read")
        else:
            outcome = await perform(notifications.mark_unread, id_of(row.id), done="Unread")
        await self.load()
        live.HUB.refresh_frame(self.router.session.client_token)
        return None if outcome.ok else toast(outcome)

    @rx.event
    @requires(Access.SIGNED_IN)
    async def read_all(self) -> Any:
        """Mark all messages as read."""
        outcome = await perform(notifications.mark_read, done="All messages are read")
        await self.load()
        live.HUB.refresh_frame(self.router.session.client_token)
        return toast(outcome)
