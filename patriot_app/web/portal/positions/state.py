"""A client's own open positions and his trades, page by page."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries import positions as position_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.web import live
from patriot_app.web.auth import requires
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.positions.rows import PositionRow, TradeRow, position_row, trade_row
from patriot_app.web.table_state import TableMixin

TOPICS = "positions equity orders"


class MyPositionsState(TableMixin, rx.State):
    """Open positions above, trades page by page below."""

    rows: list[TradeRow] = []
    positions: list[PositionRow] = []

    _filter_names = ("side",)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read what is his; the address can only narrow it."""
        self._read_address()
        try:
            _, client_id = owner()
            own = {"client_id": str(client_id)}
            now = SystemClock().now()
            held = await self._read(
                position_queries.page, PageRequest(size=PAGE_SIZE_MAX, filters=own)
            )
            self.positions = [position_row(one, now=now) for one in held.items]
            page = await self._read(portfolio_queries.trades, self._own_request(own))
            self._accept(page, [trade_row(one) for one in page.items])
        except Exception as error:
            self._reject(error)

    def _own_request(self, own: dict[str, str]) -> PageRequest:
        asked = self._page_request()
        return PageRequest(
            page=asked.page,
            size=asked.size,
            sort=asked.sort,
            descending=asked.descending,
            search=asked.search,
            filters={**asked.filters, **own},
        )

    async def _read(self, query: Any, *args: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args)
