"""A client's own months: statements, fees and invoices."""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import fee_periods, invoices
from patriot_app.core.queries.fee_periods import FeePeriodView
from patriot_app.core.queries.page import PageRequest
from patriot_app.web import live, table_export
from patriot_app.web.auth import requires
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.invoices import InvoiceRow, invoice_row
from patriot_app.web.parts.ownership import owner
from patriot_app.web.parts.statements import (
    MonthRow,
    StatementAccount,
    StatementLine,
    account_rows,
    bridge_lines,
    fee_lines,
    month_row,
    return_lines,
    told_of,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "billing fees"
COLUMNS: table_export.Columns[FeePeriodView] = [
    (name, lambda row, name=name: getattr(row, name))
    for name in (
        *("mandate", "currency", "starts_at", "ends_at", "status", "net_profit"),
        *("high_water_mark_before", "base", "rate", "fee", "high_water_mark_after", "invoice"),
    )
]


class StatementsState(TableMixin, rx.State):
    """The months and the open statement; whose they are comes from the session."""

    rows: list[MonthRow] = []
    month: MonthRow = MonthRow()
    invoice: InvoiceRow = InvoiceRow()
    bridge: list[StatementLine] = []
    fee: list[StatementLine] = []
    accounts: list[StatementAccount] = []
    returns: list[StatementLine] = []
    sentences: list[str] = []

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Show his months, the newest first."""
        self._read_address()
        try:
            page = await self._read(fee_periods.page, self._own_request())
            now = SystemClock().now()
            self._accept(page, [month_row(one, now=now) for one in page.items])
            await self._load_month()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def export(self) -> Any:
        """Save his months as CSV."""
        actor, _ = owner()
        text = await table_export.as_csv(fee_periods.page, actor, self._own_request(), COLUMNS)
        return table_export.download(text, name="statements", now=SystemClock().now())

    def _own_request(self) -> PageRequest:
        _, client_id = owner()
        request = self._page_request()
        return PageRequest(
            page=request.page,
            size=request.size,
            sort=request.sort,
            descending=request.descending,
            filters={"client_id": str(client_id)},
        )

    async def _load_month(self) -> None:
        period_id = id_of(self.open_id)
        if period_id is None:
            self.open_id = ""
            return
        _, client_id = owner()
        try:
            found = await self._read(fee_periods.get, period_id)
        except NotFound:
            self.open_id = ""
            return
        if found.period.client_id != client_id:
            self.open_id = ""
            return
        now = SystemClock().now()
        self.month = month_row(found.period, now=now)
        self.bridge, self.fee = bridge_lines(found), fee_lines(found.period)
        self.accounts = account_rows(found)
        self.returns, self.sentences = return_lines(found), told_of(found)
        self.invoice = InvoiceRow()
        if found.period.invoice_id is not None:
            detail = await self._read(invoices.get, found.period.invoice_id)
            self.invoice = invoice_row(detail.invoice, zone=found.period.time_zone, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor, client_id = owner()
        return await live.shared(str(client_id), TOPICS, query, actor, *args)
