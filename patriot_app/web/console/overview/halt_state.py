"""The halt switch: choose a scope, see what it stops, type the phrase; or lift a halt."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import HaltScope, TradingState
from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import Invalid, NotFound, PatriotError
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import halt_effects
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import halts
from patriot_app.web import live, routes
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current, current_actor, requires
from patriot_app.web.console.overview.halt_rows import (
    HaltRow,
    halt_row,
    halt_text,
    lift_text,
    phrase,
    subject_of,
)
from patriot_app.web.kit import Choice

ONE_CLIENT, ONE_ACCOUNT = "client:", "account:"


class HaltForm(pydantic.BaseModel):
    """What is to be halted and how far."""

    target: str = pydantic.Field(min_length=1, max_length=100)
    name: str = pydantic.Field(default="", max_length=200)
    state: TradingState = TradingState.HALTED
    flatten: bool = False


@dataclass(frozen=True, slots=True)
class Target:
    """A scope that was chosen, with its name."""

    scope: HaltScope
    scope_id: str
    subject: str


class HaltMixin(DialogMixin, mixin=True):
    """The halts in force and the dialogs around them."""

    halts: list[HaltRow] = []
    halt_targets: list[Choice] = []

    _halt: dict[str, str] = {}

    @rx.event
    @requires(Permission.HALT_RAISE)
    def halt_form(self) -> None:
        """Let the operator choose what to halt."""
        self._open_form("halt")

    @rx.event
    @requires(Permission.HALT_RAISE, HaltForm)
    async def review_halt(self, form: HaltForm) -> Any:
        """Count what the halt stops and ask before it is raised."""
        if form.flatten and not current().has_stepped_up(SystemClock().now()):
            return rx.redirect(routes.with_query(routes.CONFIRM_IDENTITY, next=routes.OVERVIEW))
        try:
            await self._review_halt(form)
        except Invalid as error:
            self.errors = error.fields
        except PatriotError as error:
            self.errors = {"": str(error)}
        return None

    @rx.event
    @requires(Permission.HALT_RAISE, Confirmation)
    async def raise_halt(self, form: Confirmation) -> Any:
        """Stop trading in the chosen scope; it binds with this commit."""
        return await self._raise_halt(form, flatten=False) if self.ask.act == "halt" else None

    @rx.event
    @requires(Permission.FLATTEN, Confirmation, step_up=True)
    async def raise_and_flatten(self, form: Confirmation) -> Any:
        """Stop trading in the chosen scope and close what is open there."""
        if self.ask.act != "flatten" or not can(current_actor(), Permission.HALT_RAISE):
            return None
        return await self._raise_halt(form, flatten=True)

    @rx.event
    @requires(Permission.HALT_LIFT, step_up=True)
    async def ask_lift(self, halt_id: str) -> None:
        """Say what goes on and ask before a halt is lifted."""
        actor = current_actor()
        found = [halt for halt in await risk_queries.active_halts(actor) if str(halt.id) == halt_id]
        if not found:
            return
        halt = found[0]
        row = halt_row(halt, now=SystemClock().now())
        effect = await halt_effects.effect(actor, HaltScope(halt.scope), halt.scope_id)
        self._ask(
            Ask(
                act="lift",
                subject=halt_id,
                title=f"Let {row.subject} trade again?",
                consequence=lift_text(effect, row),
                confirm_label="Lift halt",
                phrase=phrase("lift", row.subject),
            )
        )

    @rx.event
    @requires(Permission.HALT_LIFT, Confirmation, step_up=True)
    async def lift_halt(self, form: Confirmation) -> Any:
        """Let a scope trade again."""
        if self.ask.act != "lift" or not self._confirmed(form):
            return None
        outcome = await perform(
            halts.lift_halt, UUID(self.ask.subject), reason=form.reason, done="Halt lifted"
        )
        return await self._after(outcome)

    async def _raise_halt(self, form: Confirmation, *, flatten: bool) -> Any:
        if not self._confirmed(form):
            return None
        outcome = await perform(
            halts.raise_halt,
            scope=HaltScope(self._halt["scope"]),
            scope_id=self._halt["scope_id"],
            state=TradingState(self._halt["state"]),
            reason=form.reason,
            flatten=flatten,
            done="Trading is halted" if not flatten else "Trading is halted; positions are closing",
        )
        return await self._after(outcome)

    async def _after(self, outcome: Outcome) -> Any:
        """Show the halts as they are now."""
        if outcome.ok:
            await self._load_halts()
        return self._settle(outcome)

    async def _review_halt(self, form: HaltForm) -> None:
        actor = current_actor()
        target = await _target_of(actor, form)
        effect = await halt_effects.effect(actor, target.scope, target.scope_id)
        act = "flatten" if form.flatten else "halt"
        self._halt = {
            "scope": target.scope.value,
            "scope_id": target.scope_id,
            "state": form.state.value,
        }
        self.form = ""
        self._ask(
            Ask(
                act=act,
                title=f"Halt {target.subject.replace('The whole', 'the whole', 1)}?",
                consequence=halt_text(effect, state=form.state, flatten=form.flatten),
                confirm_label="Halt and close everything" if form.flatten else "Halt trading",
                phrase=phrase(act, target.subject),
            )
        )

    async def _load_halts(self) -> None:
        actor = current_actor()
        scope = live.scope_of(actor)
        found = await live.shared(scope, "halts risk", risk_queries.active_halts, actor)
        now = SystemClock().now()
        self.halts = [halt_row(halt, now=now) for halt in found]
        strategies = await live.shared(
            scope, "strategies", strategy_queries.page, actor, PageRequest(size=PAGE_SIZE_MAX)
        )
        self.halt_targets = [
            Choice("desk:", "The whole desk"),
            *[Choice(f"exchange:{item.value}", item.value.capitalize()) for item in Exchange],
            *[Choice(f"strategy:{item.id}", f"Strategy {item.name}") for item in strategies.items],
            Choice(ONE_CLIENT, "One client (name below)"),
            Choice(ONE_ACCOUNT, "One account (label or id below)"),
        ]


async def _target_of(actor: Actor, form: HaltForm) -> Target:
    """Return the one scope that the form means.

    Raises:
        Invalid: it names none or several.
    """
    kind, _, scope_id = form.target.partition(":")
    if kind not in set(HaltScope):
        raise Invalid({"target": "Choose what to halt"})
    scope = HaltScope(kind)
    if scope in (HaltScope.CLIENT, HaltScope.ACCOUNT):
        return await _named(actor, scope, form.name.strip())
    if scope is HaltScope.STRATEGY:
        try:
            found = await strategy_queries.detail(actor, UUID(scope_id))
        except ValueError as error:
            raise NotFound(f"There is no strategy {scope_id}") from error
        return Target(scope, scope_id, found.summary.name)
    return Target(scope, scope_id, subject_of(scope, scope_id))


async def _named(actor: Actor, scope: HaltScope, name: str) -> Target:
    if not name:
        raise Invalid({"name": f"Say which {scope}"})
    request = PageRequest(size=2, search=name)
    if scope is HaltScope.CLIENT:
        clients = await user_queries.page(actor, request)
        options = [(item.id, item.name) for item in clients.items]
        total = clients.total
    else:
        accounts = await account_queries.page(actor, request)
        options = [(item.id, f"{item.client_name} · {item.label}") for item in accounts.items]
        total = accounts.total
    if total != 1:
        found = "Nothing matches" if not total else f"{total} match; be more precise"
        raise Invalid({"name": found})
    return Target(scope, str(options[0][0]), options[0][1])
