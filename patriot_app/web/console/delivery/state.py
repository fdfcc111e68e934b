"""The delivery ledger: look, save as CSV, let be sent again what was given up."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import deliveries
from patriot_app.core.queries.deliveries import Delivery
from patriot_app.core.services import notifications
from patriot_app.web import format, live, table_export
from patriot_app.web.actions import perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.delivery.rows import DeliveryRow, delivery_row
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "notifications"
CSV: table_export.Columns[Delivery] = [
    (name, lambda row, name=name: getattr(row, name))
    for name in Delivery.__dataclass_fields__
    if name != "is_secret"
]


class DeliveryState(TableMixin, rx.State):
    """The table and the figures on top."""

    rows: list[DeliveryRow] = []
    figures: dict[str, str] = {}
    blocked: str = ""

    _filter_names = ("channel", "state", "kind")

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.DELIVERY_RETRY)
        actor, now = current_actor(), SystemClock().now()
        scope = live.scope_of(actor)
        try:
            page = await live.shared(scope, TOPICS, deliveries.page, actor, self._page_request())
            self._accept(page, [delivery_row(one, now=now) for one in page.items])
            counts = await live.shared(scope, TOPICS, deliveries.figures, actor)
            self.figures = {
                name: format.count(getattr(counts, name)) for name in counts.__dataclass_fields__
            }
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def export(self) -> Any:
        """Save the filtered messages as CSV."""
        text = await table_export.as_csv(
            deliveries.page, current_actor(), self._page_request(), CSV
        )
        return table_export.download(text, name="delivery", now=SystemClock().now())

    @rx.event
    @requires(Permission.DELIVERY_RETRY)
    async def retry(self, delivery_id: str) -> Any:
        """Let a message be sent again."""
        if not any(row.id == delivery_id and row.can_retry for row in self.rows):
            return None
        outcome = await perform(notifications.retry, id_of(delivery_id), done="It is sent again")
        await self.load()
        return toast(outcome)
