"""Compliance reports: listed, opened, saved, asked for."""

from datetime import date, timedelta
from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.ids import new_id
from patriot_app.core.queries import compliance as queries
from patriot_app.core.queries.compliance import ReportView
from patriot_app.core.services import compliance
from patriot_app.web import live
from patriot_app.web.actions import DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.compliance.rows import (
    ActRow,
    CountRow,
    OpenReport,
    ReportRow,
    act_rows,
    count_rows,
    markdown,
    open_report,
    report_row,
)
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "compliance"


class PeriodForm(pydantic.BaseModel):
    """What a report is to cover; both days belong to it."""

    first: date
    last: date


class ComplianceState(TableMixin, DialogMixin, rx.State):
    """Rows and the open report."""

    rows: list[ReportRow] = []
    report: OpenReport = OpenReport()
    counts: list[CountRow] = []
    acts: list[ActRow] = []
    blocked: str = ""

    _token: str = ""

    @rx.event
    @requires(Permission.AUDIT_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.COMPLIANCE_REPORT)
        actor = current_actor()
        try:
            page = await live.shared(
                live.scope_of(actor), TOPICS, queries.page, actor, self._page_request()
            )
            now = SystemClock().now()
            self._accept(page, [report_row(item, now=now) for item in page.items])
            await self._load_report()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.COMPLIANCE_REPORT)
    def ask_period(self) -> None:
        """Open the form."""
        self._token = str(new_id())
        self._open_form("period")

    @rx.event
    @requires(Permission.COMPLIANCE_REPORT, PeriodForm)
    async def make(self, form: PeriodForm) -> Any:
        """Have the daemon make the report of a period."""
        outcome = await perform(
            compliance.ask,
            form.first,
            form.last + timedelta(days=1),
            idempotency_key=f"compliance:{self._token}",
            done="The report is being made",
            is_command=True,
        )
        if "starts_on" in outcome.fields or "ends_on" in outcome.fields:
            names = {"starts_on": "first", "ends_on": "last"}
            self.errors = {names.get(name, name): text for name, text in outcome.fields.items()}
            return None
        return self._settle(outcome)

    @rx.event
    @requires(Permission.AUDIT_READ)
    async def save_markdown(self) -> Any:
        """Save the open report as a file."""
        view = await self._opened()
        if view is None:
            return None
        return rx.download(
            data=markdown(view),
            filename=f"compliance-{view.starts_on}-{view.ends_on - timedelta(days=1)}.md",
            mime_type="text/markdown",
        )

    async def _opened(self) -> ReportView | None:
        report_id = id_of(self.open_id)
        return None if report_id is None else await queries.get(current_actor(), report_id)

    async def _load_report(self) -> None:
        view = await self._opened()
        if view is None:
            self.open_id = ""
            return
        self.report = open_report(view, now=SystemClock().now())
        self.counts = count_rows(view)
        self.acts = act_rows(view)
