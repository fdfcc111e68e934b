"""Stress tests: what stated shocks would do, and one's own."""

from decimal import Decimal
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.stress import StressKind
from patriot_app.core.errors import Invalid
from patriot_app.core.queries import risk_watch as watch_queries
from patriot_app.web import live, table_export
from patriot_app.web.actions import DialogMixin
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.risk.stress_rows import (
    StressForm,
    StressRow,
    own_row,
    shocks_text,
    stress_csv,
    stress_row,
)

TOPICS = "risk positions"


class StressState(DialogMixin, rx.State):
    """The stated shocks, and the last own ones, which are reckoned anew with the positions."""

    stresses: list[StressRow] = []
    own: list[StressRow] = []
    own_text: str = ""
    _shocks: dict[StressKind, Decimal] = {}

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> None:
        """Show what shocks would cost now."""
        actor = current_actor()
        stated = await live.shared(live.scope_of(actor), TOPICS, watch_queries.stress, actor)
        self.stresses = [stress_row(one) for one in stated]
        if self.own:
            await self._run(self._shocks)

    @rx.event
    @requires(Permission.RISK_READ)
    def open_own(self) -> None:
        """Open the form for one's own shocks."""
        self._open_form("stress")

    @rx.event
    @requires(Permission.RISK_READ, StressForm)
    async def run_own(self, form: StressForm) -> None:
        """Show what these shocks would do, or what is wrong with them."""
        try:
            await self._run(form.shocks())
        except Invalid as error:
            self.errors = dict(error.fields)
            return
        self._close_dialogs()

    @rx.event
    @requires(Permission.RISK_READ)
    def forget_own(self) -> None:
        """Take the own shocks off the page."""
        self.own, self.own_text, self._shocks = [], "", {}

    @rx.event
    @requires(Permission.RISK_READ)
    async def export(self) -> Any:
        """Save what the shocks would do, the own ones too, as CSV."""
        actor = current_actor()
        own = await watch_queries.stress_of(actor, self._shocks) if self._shocks else ()
        text = stress_csv(await watch_queries.stress(actor), own)
        return table_export.download(text, name="stress", now=SystemClock().now())

    async def _run(self, shocks: dict[StressKind, Decimal]) -> None:
        found = await watch_queries.stress_of(current_actor(), shocks)
        self.own, self.own_text = [own_row(one) for one in found], shocks_text(shocks)
        self._shocks = shocks
