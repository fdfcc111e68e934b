"""How the machinery does, and the commands that people gave."""

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import command_log, projections
from patriot_app.core.queries import system as system_queries
from patriot_app.web import format, live
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.system.read_models import ReadModelRow, read_model_row
from patriot_app.web.console.system.rows import (
    CommandRow,
    DaemonRow,
    JobRow,
    ReasonRow,
    Vitals,
    WaitingRow,
    command_row,
    daemon_row,
    job_row,
    reason_row,
    vitals,
)
from patriot_app.web.table_state import TableMixin


class SystemState(TableMixin, rx.State):
    """Vitals, daemons, jobs, what accounts wait for, and a page of commands."""

    rows: list[CommandRow] = []
    vitals: Vitals = Vitals()
    daemons: list[DaemonRow] = []
    jobs: list[JobRow] = []
    waiting: list[WaitingRow] = []
    trading: str = ""
    reasons: list[ReasonRow] = []
    read_models: list[ReadModelRow] = []

    _filter_names = ("status",)

    @rx.event
    @requires(Permission.SYSTEM_READ)
    async def load(self) -> None:
        """Show the system as it is now."""
        self._read_address()
        try:
            await self._load_system()
            await self._load_commands()
        except Exception as error:
            self._reject(error)

    async def _load_system(self) -> None:
        actor = current_actor()
        view = await live.shared(
            live.scope_of(actor), "system heartbeats", system_queries.get, actor
        )
        derived = await live.shared(
            live.scope_of(actor), "system heartbeats", projections.states, actor
        )
        now = SystemClock().now()
        self.read_models = [read_model_row(item, now=now) for item in derived]
        self.vitals = vitals(view, now=now)
        self.daemons = [daemon_row(beat, view.leases, now=now) for beat in view.beats]
        self.jobs = [job_row(job, now=now) for job in view.jobs]
        self.trading = view.condition.trading.value
        self.reasons = [reason_row(why, now=now) for why in view.condition.why]
        self.waiting = [
            WaitingRow(id=reason, accounts=format.count(accounts))
            for reason, accounts in view.readiness.waiting
        ]

    async def _load_commands(self) -> None:
        actor = current_actor()
        page = await live.shared(
            live.scope_of(actor), "commands", command_log.page, actor, self._page_request()
        )
        now = SystemClock().now()
        self._accept(page, [command_row(command, now=now) for command in page.items])
