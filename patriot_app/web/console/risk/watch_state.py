"""Breaches with their acknowledgement, measured accounts and stress, as a part of the Risk page."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import risk_watch as watch_queries
from patriot_app.core.services import risk_watch
from patriot_app.web import live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.risk.book_rows import (
    breaches_csv,
    exposure_csv,
    measured_csv,
    record_text,
    stress_csv,
)
from patriot_app.web.console.risk.watch_rows import (
    BreachRow,
    MeasuredRow,
    StressRow,
    breach_row,
    measured_row,
    stress_row,
)
from patriot_app.web.parts.permitted import lacking

TOPICS = "risk positions"


class RiskWatchState(DialogMixin, rx.State):
    """What the measurement found, and the question before a breach counts as seen."""

    breaches: list[BreachRow] = []
    measured: list[MeasuredRow] = []
    stresses: list[StressRow] = []
    record: str = ""
    blocked: str = ""

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show breaches, the riskiest accounts, and what shocks would cost."""
        self.blocked = lacking(Permission.INCIDENTS_WRITE)
        now = SystemClock().now()
        found = await _read(watch_queries.breaches)
        self.breaches = [breach_row(one, now=now) for one in found]
        accounts = await _read(watch_queries.riskiest)
        self.measured = [measured_row(one, now=now) for one in accounts]
        self.record = record_text(await _read(watch_queries.record))
        self.stresses = [stress_row(one) for one in await _read(watch_queries.stress)]

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_breaches(self) -> Any:
        """Save breaches, the newest 5,000, as CSV."""
        found = await watch_queries.breaches(current_actor(), limit=table_export.ROWS_MAX)
        return _download(breaches_csv(found), name="breaches")

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_measured(self) -> Any:
        """Save the measured figures of all accounts as CSV."""
        found = await watch_queries.riskiest(current_actor(), limit=table_export.ROWS_MAX)
        return _download(measured_csv(found), name="measured-risk")

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_stress(self) -> Any:
        """Save what the shocks would do as CSV."""
        return _download(stress_csv(await _read(watch_queries.stress)), name="stress")

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_exposure(self) -> Any:
        """Save what every account holds of every contract as CSV."""
        found = await watch_queries.exposure(current_actor())
        return _download(exposure_csv(found), name="exposure")

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    def ask_seen(self, breach_id: str) -> None:
        """Ask what is to be kept of a breach that somebody has seen."""
        self._ask_about(breach_id, act="seen", label="Acknowledge")

    @rx.event
    @requires(Permission.INCIDENTS_WRITE)
    def ask_false(self, breach_id: str) -> None:
        """Ask why a breach is a false alarm."""
        self._ask_about(breach_id, act="false_alarm", label="False alarm")

    @rx.event
    @requires(Permission.INCIDENTS_WRITE, Confirmation)
    async def acknowledge(self, form: Confirmation) -> Any:
        """Note that the breach was seen that was asked about."""
        if self.ask.act not in {"seen", "false_alarm"} or not self._confirmed(form):
            return None
        outcome = await perform(
            risk_watch.acknowledge,
            UUID(self.ask.subject),
            note=form.reason,
            is_false_alarm=self.ask.act == "false_alarm",
            done="Breach acknowledged",
        )
        return self._settle(outcome)

    def _ask_about(self, breach_id: str, *, act: str, label: str) -> None:
        row = next((one for one in self.breaches if one.id == breach_id), None)
        if row is not None and row.is_open:
            self._ask(
                Ask(
                    act=act,
                    subject=row.id,
                    title=f"{label}: {row.title} of {row.account}?",
                    consequence=f"It was {row.figures}. It is over as soon as the figure is within"
                    " its limit again. Say what you found.",
                    confirm_label=label,
                )
            )


def _download(text: str, *, name: str) -> Any:
    return table_export.download(text, name=name, now=SystemClock().now())


async def _read(query: Any) -> Any:
    actor = current_actor()
    return await live.shared(live.scope_of(actor), TOPICS, query, actor)
