"""One page of signals with the spread of their fills."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import rankings
from patriot_app.web import live, routes, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.fill_spread.rows import CSV, SpreadRow, spread_row
from patriot_app.web.parts.addresses import NOBODY, id_of
from patriot_app.web.table_state import TableMixin

TOPICS = "fan_outs signals"


class FillSpreadState(TableMixin, rx.State):
    """Rows of the table."""

    rows: list[SpreadRow] = []

    _filter_names = ("strategy_id", "symbol")

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, rankings.spreads, actor, self._page_request()
            )
            now = SystemClock().now()
            self._accept(page, [spread_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    def open_grid(self, signal_id: str) -> Any:
        """Show the accounts of a signal."""
        return None if id_of(signal_id) == NOBODY else rx.redirect(routes.fan_out(signal_id))

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export(self) -> Any:
        """Save the filtered signals as CSV."""
        text = await table_export.as_csv(
            rankings.spreads, current_actor(), self._page_request(), CSV
        )
        return table_export.download(text, name="fills", now=SystemClock().now())
