"""A client's own performance reports."""

from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.report_schedule import Cadence, ReportFormat, ReportSubject
from patriot_app.core.queries import performance_reports as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import performance_reports
from patriot_app.web import live
from patriot_app.web.actions import DialogMixin, perform, toast
from patriot_app.web.auth import requires
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.ownership import owner
from patriot_app.web.parts.report_rows import (
    ReportRow,
    SubscriptionRow,
    report_row,
    subscription_row,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "reports"


class OwnForm(pydantic.BaseModel):
    """How often, and as what."""

    cadence: Cadence
    format: ReportFormat


class MyReportsState(TableMixin, DialogMixin, rx.State):
    """One page of his reports, and what he gets."""

    rows: list[ReportRow] = []
    subscriptions: list[SubscriptionRow] = []

    @rx.event
    @requires(Permission.PORTAL_VIEW)
    async def load(self) -> None:
        """Read his own; whose they are comes from his session."""
        self._read_address()
        try:
            actor, client_id = owner()
            now, scope = SystemClock().now(), str(client_id)
            page = await live.shared(scope, TOPICS, queries.reports, actor, self._page_request())
            kept = await live.shared(scope, TOPICS, queries.subscriptions, actor, PageRequest())
            self.subscriptions = [subscription_row(one, now=now) for one in kept.items]
            self._accept(page, [report_row(one, now=now) for one in page.items])
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.OWN_REPORTS_WRITE)
    def ask_new(self) -> None:
        """Open the form."""
        self._open_form("subscribe")

    @rx.event
    @requires(Permission.OWN_REPORTS_WRITE, OwnForm)
    async def subscribe(self, form: OwnForm) -> Any:
        """Get a report of all his accounts together."""
        _, client_id = owner()
        outcome = await perform(
            performance_reports.subscribe,
            recipient_id=client_id,
            kind=ReportSubject.CLIENT,
            subject_id=client_id,
            cadence=form.cadence,
            format=form.format,
            done="Your first report is made within a few minutes",
        )
        said = self._settle(outcome)
        await self.load()
        return said

    @rx.event
    @requires(Permission.OWN_REPORTS_WRITE)
    async def end(self, subscription_id: str) -> Any:
        """Get no more of a report."""
        outcome = await perform(
            performance_reports.unsubscribe, id_of(subscription_id), done="Nothing more is sent"
        )
        await self.load()
        return toast(outcome)
