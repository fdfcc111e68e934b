"""Months of trading of a client or an account."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import trading_summary
from patriot_app.web import live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.parts.trading_months import CSV, MonthRow, month_row
from patriot_app.web.table_state import TableMixin

TOPICS = "ledger positions"


class TradingState(TableMixin, rx.State):
    """One page of months."""

    rows: list[MonthRow] = []
    has_choice: bool = True

    _filter_names = ("client_id", "account_id")

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show the months that the address asks for."""
        self._read_address()
        self.has_choice = any(self.filters.values())
        if not self.has_choice:
            self.rows, self.loading, self.error = [], False, ""
            return
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, trading_summary.page, actor, self._page_request()
            )
            self._accept(page, [month_row(one) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def export(self) -> Any:
        """Save the shown months as CSV."""
        if not any(self.filters.values()):
            return None
        text = await table_export.as_csv(
            trading_summary.page, current_actor(), self._page_request(), CSV
        )
        return table_export.download(text, name="trading", now=SystemClock().now())
