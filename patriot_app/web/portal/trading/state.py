"""A client's own trading, month by month."""

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


class MyTradingState(TableMixin, rx.State):
    """One page of months."""

    rows: list[MonthRow] = []

    _filter_names = ("account_id",)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Show the months that the address asks for."""
        self._read_address()
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, trading_summary.page, actor, self._page_request()
            )
            self._accept(page, [month_row(one) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def export(self) -> Any:
        """Save the shown months as CSV."""
        text = await table_export.as_csv(
            trading_summary.page, current_actor(), self._page_request(), CSV
        )
        return table_export.download(text, name="trading", now=SystemClock().now())
