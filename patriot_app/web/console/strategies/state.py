"""Strategies, their versions, and what runs of them."""

from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import deployments as deployment_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import deployments
from patriot_app.core.strategies.catalogue import CATALOGUE
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.strategies.forms import KIND, parameters_of, prefixed
from patriot_app.web.console.strategies.proposing import propose_new, propose_version
from patriot_app.web.console.strategies.rows import (
    AllocationRow,
    DeploymentRow,
    ParameterRow,
    StrategyRow,
    VersionRow,
    allocation_row,
    deployment_row,
    parameter_rows,
    stop_text,
    strategy_row,
    version_rows,
)
from patriot_app.web.kit import Choice, TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "strategies signals positions equity halts"
STRATEGIES_MAX = 100
ALLOCATIONS_SHOWN = 100
FIRST_KIND = next(iter(CATALOGUE))
ACTS: dict[str, tuple[str, str, str]] = {
    "start": ("Start", "It trades from the next bar on, with every account's share.", "Started"),
    "pause": ("Pause", "Opens nothing more; positions keep their stops and wait.", "Paused"),
    "resume": ("Resume", "It trades again from the next bar on.", "Resumed"),
}


class SwitchForm(pydantic.BaseModel):
    """Which version a deployment decides by."""

    version_id: UUID


class StrategiesState(TableMixin, DialogMixin, rx.State):
    """Deployments page by page, all strategies above them, and the one that is open."""

    rows: list[DeploymentRow] = []
    strategies: list[StrategyRow] = []
    opened: str = ""
    deployment: DeploymentRow = DeploymentRow()
    allocations: list[AllocationRow] = []
    strategy: StrategyRow = StrategyRow()
    versions: list[VersionRow] = []
    choices: list[Choice] = []
    parameters: list[ParameterRow] = []
    values: dict[str, str] = {}
    history: list[TimelineEntry] = []
    kind: str = FIRST_KIND
    blocked: str = ""
    blocked_deploy: str = ""

    _filter_names = ("status", "strategy_id", "symbol")

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.STRATEGIES_WRITE)
        self.blocked_deploy = lacking(Permission.DEPLOYMENTS_WRITE)
        try:
            page = await self._read(deployment_queries.page, self._page_request())
            now = SystemClock().now()
            self._accept(page, [deployment_row(item, now=now) for item in page.items])
            known = await self._read(strategy_queries.page, PageRequest(size=STRATEGIES_MAX))
            self.strategies = [strategy_row(item) for item in known.items]
            await self._load_opened()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.STRATEGIES_WRITE)
    def open_create(self) -> None:
        """Open the form for a new strategy."""
        self._open_form("create")

    @rx.event
    @requires(Permission.STRATEGIES_WRITE)
    def choose_kind(self, kind: str) -> None:
        """Show the settings of another strategy of the catalogue."""
        if kind in CATALOGUE:
            self.kind, self.errors = kind, {}

    @rx.event
    @requires(Permission.STRATEGIES_WRITE)
    async def create(self, form: dict[str, str]) -> Any:
        """Create a strategy with its first version; the core checks every setting."""
        if form.get(KIND, self.kind) != self.kind:
            self.errors = {"": "Other settings came while you sent; look at them and send again"}
            return None
        outcome = await propose_new(
            form.get("name", ""),
            kind=self.kind,
            parameters=parameters_of(form),
            description=form.get("description", "")[:2_000],
        )
        return self._settle_form(outcome, self.kind)

    @rx.event
    @requires(Permission.STRATEGIES_WRITE)
    def open_version(self) -> None:
        """Open the form with the newest version's settings."""
        self._open_form("version")

    @rx.event
    @requires(Permission.STRATEGIES_WRITE)
    async def add_version(self, form: dict[str, str]) -> Any:
        """Write new settings as the next version, and move deployments to it if asked to."""
        switches = form.get("switch") == "yes"
        if switches and (problem := lacking(Permission.DEPLOYMENTS_WRITE)):
            self.errors = {"switch": problem}
            return None
        outcome = await propose_version(
            self.strategy,
            parameters=parameters_of(form),
            former=self.values,
            note=form.get("note", "")[:500],
            moves=await self._deployments() if switches else [],
        )
        return self._settle_form(outcome, self.strategy.kind)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def ask_act(self, act: str) -> None:
        """Ask before the open deployment is started, paused or resumed."""
        row = self.deployment
        if act in ACTS:
            verb, text, _ = ACTS[act]
            self._ask(
                Ask(
                    act=act,
                    subject=row.id,
                    title=f"{verb} {row.name}?",
                    consequence=f"{text} It has {row.accounts} accounts and {row.positions} open"
                    " positions.",
                    confirm_label=verb,
                )
            )

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def ask_stop(self, closes: bool) -> None:
        """Ask before the open deployment is ended."""
        row = self.deployment
        self._ask(
            Ask(
                act="stop_and_close" if closes else "stop",
                subject=row.id,
                title=f"Stop {row.name}?",
                consequence=stop_text(row, closes=closes),
                confirm_label="Stop and close positions" if closes else "Stop",
                phrase=row.name if closes else "",
            )
        )

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Do what was asked about."""
        if not self._confirmed(form):
            return None
        act, deployment_id = self.ask.act, UUID(self.ask.subject)
        if act in ("stop", "stop_and_close"):
            outcome = await perform(
                deployments.stop,
                deployment_id,
                reason=form.reason,
                close_positions=act == "stop_and_close",
                done="Stopped",
            )
        else:
            service = {
                "start": deployments.start,
                "pause": deployments.pause,
                "resume": deployments.resume,
            }[act]
            outcome = await perform(service, deployment_id, reason=form.reason, done=ACTS[act][2])
        return self._settle(outcome)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def open_switch(self) -> None:
        """Open the choice of a version for the open deployment."""
        self._open_form("switch")

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, SwitchForm)
    async def switch_version(self, form: SwitchForm) -> Any:
        """Let the open deployment decide by another version from the next bar on."""
        outcome = await perform(
            deployments.switch_version,
            UUID(self.deployment.id),
            form.version_id,
            done="Version switched",
        )
        return self._settle(outcome)

    async def _deployments(self) -> list[UUID]:
        """Return the open strategy's deployments that have not ended."""
        request = PageRequest(size=PAGE_SIZE_MAX, filters={"strategy_id": self.strategy.id})
        page = await deployment_queries.page(current_actor(), request)
        return [one.id for one in page.items if one.status != "stopped"]

    def _settle_form(self, outcome: Outcome, kind: str) -> Any:
        result = self._settle(outcome)
        self.errors = prefixed(kind, self.errors)
        return result

    async def _load_opened(self) -> None:
        if not self.open_id:
            self.opened = ""
            return
        subject, now = id_of(self.open_id), SystemClock().now()
        try:
            found = await self._read(deployment_queries.get, subject)
        except NotFound:
            await self._load_strategy(subject, opens=True)
        else:
            self.opened = "deployment"
            self.deployment = deployment_row(found, now=now)
            part = PageRequest(size=ALLOCATIONS_SHOWN)
            page = await self._read(deployment_queries.allocations, subject, part)
            self.allocations = [allocation_row(item) for item in page.items]
            await self._load_strategy(found.strategy_id, opens=False)
        events = await event_queries.timeline(current_actor(), subject)
        self.history = timeline_entries(events, now=now)

    async def _load_strategy(self, strategy_id: UUID, *, opens: bool) -> None:
        try:
            detail = await self._read(strategy_queries.detail, strategy_id)
        except NotFound:
            self.open_id = self.opened = ""
            return
        if opens:
            self.opened = "strategy"
        newest = detail.versions[0]
        self.strategy = strategy_row(detail.summary)
        self.versions = version_rows(detail.versions, now=SystemClock().now())
        self.choices = [Choice(str(one.id), f"Version {one.number}") for one in detail.versions]
        self.values = dict(newest.parameters)
        self.parameters = parameter_rows(detail.summary.kind, newest.parameters)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)
