"""Breaches with their acknowledgement, exposure and measured accounts, as a part of the Risk page."""

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
)
from patriot_app.web.console.risk.heat_rows import exposure_heat
from patriot_app.web.console.risk.watch_rows import (
    SEVERITIES,
    STATES,
    BreachRow,
    MeasuredRow,
    breach_row,
    measured_row,
)
from patriot_app.web.kit import Heat
from patriot_app.web.parts.permitted import lacking

TOPICS = "risk positions"
CHOICES = {"severity": SEVERITIES, "state": STATES}


class RiskWatchState(DialogMixin, rx.State):
    """What the measurement found, and the question before a breach counts as seen."""

    breaches: list[BreachRow] = []
    measured: list[MeasuredRow] = []
    exposure: Heat = Heat()
    chosen: dict[str, str] = {"severity": "", "state": ""}
    record: str = ""
    blocked: str = ""

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show breaches, exposure and the riskiest accounts."""
        self.blocked = lacking(Permission.INCIDENTS_WRITE)
        now = SystemClock().now()
        await self._load_breaches()
        accounts = await _read(watch_queries.riskiest)
        self.measured = [measured_row(one, now=now) for one in accounts]
        self.record = record_text(await _read(watch_queries.record))
        self.exposure = exposure_heat(await _read(watch_queries.exposure))

    @rx.event
    @requires(Permission.RISK_READ)
    async def choose(self, name: str, value: str) -> None:
        """Narrow the breaches to one severity, or to one state."""
        if value in CHOICES.get(name, {}) or (name in CHOICES and value == ""):
            self.chosen = self.chosen | {name: value}
            await self._load_breaches()

    @rx.event
    @requires(Permission.RISK_READ)
    async def choose_all(self) -> None:
        """Show every breach again."""
        self.chosen = dict.fromkeys(CHOICES, "")
        await self._load_breaches()

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_breaches(self) -> Any:
        """Save the breaches that are chosen, the newest 5,000, as CSV."""
        found = await watch_queries.breaches(
            current_actor(), limit=table_export.ROWS_MAX, **self.chosen
        )
        return _download(breaches_csv(found), name="breaches")

    @rx.event
    @requires(Permission.RISK_READ)
    async def export_measured(self) -> Any:
        """Save the measured figures of all accounts as CSV."""
        found = await watch_queries.riskiest(current_actor(), limit=table_export.ROWS_MAX)
        return _download(measured_csv(found), name="measured-risk")

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

    async def _load_breaches(self) -> None:
        now = SystemClock().now()
        found = await _read(watch_queries.breaches, **self.chosen)
        self.breaches = [breach_row(one, now=now) for one in found]

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


async def _read(query: Any, **narrowed: Any) -> Any:
    actor = current_actor()
    return await live.shared(live.scope_of(actor), TOPICS, query, actor, **narrowed)
