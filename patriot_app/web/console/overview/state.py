"""The overview: one page that says whether the desk is well."""

import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import exceptions as exception_queries
from patriot_app.core.queries import overview as overview_queries
from patriot_app.core.queries import portfolio as portfolio_queries
from patriot_app.core.queries import signals as signal_queries
from patriot_app.core.queries import system as system_queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.portfolio import Span
from patriot_app.web import format, live, routes
from patriot_app.web.auth import current_actor, incident_id, requires
from patriot_app.web.console.overview.rows import (
    InboxRow,
    Machine,
    Totals,
    inbox_row,
    machine,
    totals,
)
from patriot_app.web.kit import Plot, plot
from patriot_app.web.parts.halt_state import HaltMixin
from patriot_app.web.parts.signals import SignalRow, signal_row

logger = logging.getLogger(__name__)

CURVE_FRESH_S = 60.0
INBOX = PageRequest(size=6)
FAN_OUTS = 6


class OverviewState(HaltMixin, rx.State):
    """What the overview shows."""

    totals: Totals = Totals()
    machine: Machine = Machine()
    inbox: list[InboxRow] = []
    inbox_hint: str = ""
    fan_outs: list[SignalRow] = []
    chart: Plot = Plot()
    span: str = Span.DAY.value
    loading: bool = True
    error: str = ""

    @rx.event
    @requires(Permission.OVERVIEW_READ)
    async def load(self) -> AsyncIterator[None]:
        """Show the desk as it is now; the curve follows when it is drawn."""
        parts = (
            self._load_halts,
            self._load_totals,
            self._load_machine,
            self._load_inbox,
            self._load_fan_outs,
        )
        failures = [failure for part in parts if (failure := await _failure_of(part))]
        self._show_failures(failures)
        self.loading = False
        yield
        if failure := await _failure_of(self._load_chart):
            self._show_failures([*failures, failure])

    @rx.event
    @requires(Permission.OVERVIEW_READ)
    async def show_span(self, span: str) -> None:
        """Draw the equity over another span."""
        if span in set(Span):
            self.span = span
            await self._load_chart()

    @rx.event
    @requires(Permission.SIGNALS_READ)
    def open_grid(self, signal_id: str) -> Any:
        """Show the accounts of a signal."""
        return rx.redirect(routes.fan_out(signal_id))

    async def _load_totals(self) -> None:
        actor = current_actor()
        scope = live.scope_of(actor)
        seen = await live.shared(
            scope, "equity positions orders halts", overview_queries.get, actor
        )
        self.totals = totals(seen, now=SystemClock().now())

    async def _load_machine(self) -> None:
        actor = current_actor()
        system = await live.shared(
            live.scope_of(actor), "system heartbeats", system_queries.get, actor
        )
        self.machine = machine(system.beats, system.readiness, system.market)

    async def _load_inbox(self) -> None:
        actor = current_actor()
        scope = live.scope_of(actor)
        topics = "positions orders accounts commands system"
        page = await live.shared(scope, topics, exception_queries.page, actor, INBOX)
        now = SystemClock().now()
        self.inbox = [inbox_row(number, item, now=now) for number, item in enumerate(page.items)]
        more = page.total - len(page.items)
        self.inbox_hint = f"{format.count(more)} more" if more > 0 else ""

    async def _load_fan_outs(self) -> None:
        actor = current_actor()
        found = await live.shared(
            live.scope_of(actor), "signals fan_outs", signal_queries.latest, actor, limit=FAN_OUTS
        )
        now = SystemClock().now()
        self.fan_outs = [signal_row(signal, now=now) for signal in found]

    async def _load_chart(self) -> None:
        actor = current_actor()
        points = await live.shared(
            live.scope_of(actor),
            "",
            portfolio_queries.equity_curve,
            actor,
            span=Span(self.span),
            fresh_s=CURVE_FRESH_S,
        )
        drawn = plot([(point.at, point.equity) for point in points])
        if drawn != self.chart:
            self.chart = drawn

    def _show_failures(self, failures: list[Exception]) -> None:
        """Say once that something did not load; the rest of the page, and the switch, stay."""
        if not failures:
            self.error = ""
        elif not self.error:
            incident = incident_id()
            for failure in failures:
                logger.error(
                    "Part of the overview did not load",
                    exc_info=failure,
                    extra={"incident": incident},
                )
            self.error = f"Some figures could not be loaded. Incident {incident}"


async def _failure_of(part: Callable[[], Awaitable[None]]) -> Exception | None:
    """Run one part of the page; what it raises must not hide the other parts."""
    try:
        await part()
    except Exception as error:
        return error
    return None
