"""Revenue: what was earned, invoiced, paid, by month, strategy or client."""

from functools import partial
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import revenue as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.revenue import Grouping, Revenue
from patriot_app.web import format, live, table_export
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.revenue.rows import RevenueRow, revenue_row
from patriot_app.web.format import Figure
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "billing fees"
COLUMNS: table_export.Columns[Revenue] = [
    *((name, lambda row, name=name: getattr(row, name)) for name in Revenue.__dataclass_fields__),
    ("earned", lambda row: row.earned),
]


class RevenueState(TableMixin, rx.State):
    """One page of a grouping, and the sums of all the books."""

    rows: list[RevenueRow] = []
    earned: Figure = Figure()
    not_invoiced: Figure = Figure()
    invoiced: Figure = Figure()
    paid: Figure = Figure()
    outstanding: Figure = Figure()
    written_off: Figure = Figure()
    blocked_export: str = ""

    _filter_names = ("by",)

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked_export = lacking(Permission.FEES_EXPORT)
        actor = current_actor()
        grouping = self._grouping()
        try:
            page = await live.shared(
                live.scope_of(actor),
                TOPICS,
                queries.page,
                actor,
                self._revenue_request(),
                grouping=grouping,
            )
            self._accept(page, [revenue_row(one, grouping=grouping) for one in page.items])
            self._total(await live.shared(live.scope_of(actor), TOPICS, queries.totals, actor))
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEES_READ)
    async def export(self) -> Any:
        """Save the grouping as CSV."""
        grouping = self._grouping()
        text = await table_export.as_csv(
            partial(queries.page, grouping=grouping),
            current_actor(),
            self._revenue_request(),
            COLUMNS,
        )
        return table_export.download(
            text, name=f"revenue-by-{grouping.value}", now=SystemClock().now()
        )

    def _grouping(self) -> Grouping:
        wanted = self._page_request().filters.get("by", "")
        return Grouping(wanted) if wanted in set(Grouping) else Grouping.MONTH

    def _revenue_request(self) -> PageRequest:
        request = self._page_request()
        return PageRequest(
            page=request.page,
            size=request.size,
            sort=request.sort,
            descending=request.descending,
            search=request.search,
        )

    def _total(self, totals: Any) -> None:
        one = totals[0] if totals else None
        for name in ("earned", "not_invoiced", "invoiced", "paid", "outstanding", "written_off"):
            unit = one.currency if one else "USDT"
            setattr(self, name, format.money(getattr(one, name) if one else None, unit=unit))
