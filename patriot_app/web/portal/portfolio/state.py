"""What a client sees first: his money, its course, his accounts. Never another's."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import billing as billing_queries
from patriot_app.core.queries import onboarding as onboarding_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries import positions as position_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.portfolio import Span
from patriot_app.web import live
from patriot_app.web.auth import requires
from patriot_app.web.kit import Plot, plot
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.fees import FeeRow, fee_row
from patriot_app.web.parts.ownership import owner
from patriot_app.web.portal.portfolio.rows import (
    Holding,
    OwnAccount,
    StepRow,
    Summary,
    holding,
    own_account,
    step_rows,
    summary,
)

TOPICS = "equity positions accounts clients strategies fees ledger"
HOLDINGS_SHOWN = 5
ACCOUNTS_MAX = 50


class PortfolioState(rx.State):
    """The signed-in client's own figures."""

    summary: Summary = Summary()
    chart: Plot = Plot()
    span: str = Span.MONTH.value
    accounts: list[OwnAccount] = []
    holdings: list[Holding] = []
    open_positions: int = 0
    fees: list[FeeRow] = []
    steps: list[StepRow] = []
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own money; whose it is comes from his session, never from the page."""
        try:
            await self._load()
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def choose_span(self, span: str) -> None:
        """Show another stretch of the curve."""
        self.span = Span(span).value
        await self._load_chart()

    async def _load(self) -> None:
        _, client_id = owner()
        own = {"client_id": str(client_id)}
        now = SystemClock().now()
        self.steps = step_rows(await self._read(onboarding_queries.progress, client_id))
        found = await self._read(portfolio_queries.portfolio, client_id)
        self.summary = summary(found, now=now)
        await self._load_chart()
        request = PageRequest(size=ACCOUNTS_MAX, filters=own)
        accounts = await self._read(account_queries.page, request)
        self.accounts = [own_account(one) for one in accounts.items]
        largest = PageRequest(size=HOLDINGS_SHOWN, sort="notional", descending=True, filters=own)
        positions = await self._read(position_queries.page, largest)
        self.holdings = [holding(one) for one in positions.items]
        self.open_positions = positions.total
        accruals = await self._read(billing_queries.accruals, PageRequest(filters=own))
        self.fees = [fee_row(one) for one in accruals.items]

    async def _load_chart(self) -> None:
        _, client_id = owner()
        curve = await self._read(
            portfolio_queries.equity_curve, span=Span(self.span), client_id=client_id
        )
        self.chart = plot([(point.at, point.equity) for point in curve])

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args, **kwargs)
