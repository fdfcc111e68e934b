"""Breaches with their acknowledgement, measured accounts and stress, as a part of the Risk page."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import risk_watch as watch_queries
from patriot_app.core.services import risk_watch
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
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
        self.stresses = [stress_row(one) for one in await _read(watch_queries.stress)]

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


async def _read(query: Any) -> Any:
    actor = current_actor()
    return await live.shared(live.scope_of(actor), TOPICS, query, actor)
