"""Performance reports: who gets which, and those that were made."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.report_schedule import Cadence, ReportFormat, ReportSubject
from patriot_app.core.queries import performance_reports as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.performance_reports import Subscription
from patriot_app.core.services import performance_reports
from patriot_app.web import live, table_export
from patriot_app.web.actions import DialogMixin, perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.report_rows import (
    ReportRow,
    SubscriptionRow,
    report_row,
    subscription_row,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "reports"
NEWEST = 20
COLUMNS: table_export.Columns[Subscription] = [
    (name, lambda row, name=name: getattr(row, name)) for name in Subscription.__dataclass_fields__
]


class SubscribeForm(pydantic.BaseModel):
    """Who gets whose report, how often and as what."""

    email: str = pydantic.Field(min_length=3, max_length=254)
    kind: ReportSubject
    name: str = pydantic.Field(min_length=1, max_length=120)
    cadence: Cadence
    format: ReportFormat


class ReportsState(TableMixin, DialogMixin, rx.State):
    """One page of subscriptions, and the newest reports."""

    rows: list[SubscriptionRow] = []
    newest: list[ReportRow] = []
    blocked: str = ""

    _filter_names = ("subject_kind", "cadence")

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.REPORTS_WRITE)
        actor, now = current_actor(), SystemClock().now()
        scope = live.scope_of(actor)
        try:
            page = await live.shared(
                scope, TOPICS, queries.subscriptions, actor, self._page_request()
            )
            made = await live.shared(
                scope, TOPICS, queries.reports, actor, PageRequest(size=NEWEST)
            )
            self.newest = [report_row(one, now=now) for one in made.items]
            self._accept(page, [subscription_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.REPORTS_WRITE)
    def ask_new(self) -> None:
        """Open the form of a subscription."""
        self._open_form("subscribe")

    @rx.event
    @requires(Permission.REPORTS_WRITE, SubscribeForm)
    async def subscribe(self, form: SubscribeForm) -> Any:
        """Let somebody get a report."""
        outcome = await perform(
            performance_reports.subscribe_named,
            email=form.email,
            kind=form.kind,
            name=form.name,
            cadence=form.cadence,
            format=form.format,
            done="The newest finished period is sent within a few minutes",
        )
        said = self._settle(outcome)
        await self.load()
        return said

    @rx.event
    @requires(Permission.REPORTS_WRITE)
    async def end(self, subscription_id: str) -> Any:
        """Send no more of a report; it can be subscribed to again."""
        outcome = await perform(
            performance_reports.unsubscribe, id_of(subscription_id), done="Nothing more is sent"
        )
        await self.load()
        return toast(outcome)

    @rx.event
    @requires(Permission.PERFORMANCE_READ)
    async def export(self) -> Any:
        """Save the subscriptions that match as CSV."""
        text = await table_export.as_csv(
            queries.subscriptions, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="report-subscriptions", now=SystemClock().now())
