"""The fee so far per mandate, opened down to the ledger rows that it is made of."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import billing as billing_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.web import live
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.fees.rows import ShareRow, TypeRow, share_row, type_row
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.fees import FeeRow, fee_row
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.table_state import TableMixin

TOPICS = "fees ledger equity"


class FeesState(TableMixin, rx.State):
    """Rows and the open mandate."""

    rows: list[FeeRow] = []
    mandate: FeeRow = FeeRow()
    shares: list[ShareRow] = []
    types: list[TypeRow] = []
    history: list[TimelineEntry] = []
    narrowed: bool = False

    _filter_names = ("client_id", "ended")

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.narrowed = bool(self.filters.get("client_id"))
        try:
            page = await self._read(billing_queries.accruals, self._page_request())
            self._accept(page, [fee_row(item) for item in page.items])
            await self._load_mandate()
        except Exception as error:
            self._reject(error)

    async def _load_mandate(self) -> None:
        if not self.open_id:
            return
        mandate_id, now = id_of(self.open_id), SystemClock().now()
        try:
            found = await self._read(billing_queries.accrual, mandate_id)
        except NotFound:
            self.open_id = ""
            return
        types = await self._read(billing_queries.ledger_types, mandate_id)
        self.mandate = fee_row(found)
        self.shares = [share_row(one, currency=found.currency) for one in found.accounts]
        self.types = [type_row(one, currency=found.currency) for one in types]
        events = await event_queries.timeline(current_actor(), mandate_id)
        self.history = timeline_entries(events, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)
