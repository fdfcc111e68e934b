"""How a client's money did: profit without his deposits, drawdown, and the fee so far."""

from typing import Any

import reflex as rx

from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import billing as billing_queries
from patriot_app.core.queries import ledger_days as ledger_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.portfolio import Span
from patriot_app.web import live
from patriot_app.web.auth import requires
from patriot_app.web.kit import Plot, plot
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.fees import FeeRow, fee_row
from patriot_app.web.parts.flows import FlowRow, flow_rows
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.performance.rows import Course, course

TOPICS = "equity fees ledger"


class PerformanceState(rx.State):
    """The signed-in client's own course and fees."""

    profit: Plot = Plot()
    course: Course = Course()
    fees: list[FeeRow] = []
    flows: list[FlowRow] = []
    span: str = Span.MONTH.value
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own course; whose it is comes from his session."""
        try:
            await self._load_course()
            _, client_id = owner()
            request = PageRequest(filters={"client_id": str(client_id)})
            accruals = await self._read(billing_queries.accruals, request)
            self.fees = [fee_row(one) for one in accruals.items]
            self.flows = flow_rows(await self._read(ledger_queries.flows, client_id))
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def choose_span(self, span: str) -> None:
        """Show another stretch."""
        self.span = Span(span).value
        await self._load_course()

    async def _load_course(self) -> None:
        _, client_id = owner()
        curve = await self._read(
            portfolio_queries.equity_curve, span=Span(self.span), client_id=client_id
        )
        self.profit = plot([(point.at, point.profit) for point in curve])
        self.course = course(curve)

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args, **kwargs)
