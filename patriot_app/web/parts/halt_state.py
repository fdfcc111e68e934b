"""The halt switch: choose a scope and how far, see what it stops, type the phrase; or lower one."""

from dataclasses import dataclass, replace
from typing import Any, Literal
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import Actor, Permission, can
from patriot_app.core.errors import Invalid, NotFound, PatriotError
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import halt_effects
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.queries.risk import HaltView
from patriot_app.core.services import halts
from patriot_app.core.settings import get_settings
from patriot_app.web import live, routes
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current, current_actor, requires
from patriot_app.web.kit import Choice
from patriot_app.web.parts.halt_rows import (
    HOW_FAR,
    HaltRow,
    halt_row,
    halt_text,
    lift_text,
    phrase,
    subject_of,
)

ONE_CLIENT, ONE_ACCOUNT = "client:", "account:"


class HaltForm(pydantic.BaseModel):
    """What is to be halted and how far."""

    target: str = pydantic.Field(min_length=1, max_length=100)
    name: str = pydantic.Field(default="", max_length=200)
    how_far: Literal["1", "2-reducing", "2", "3", "4"] = "2"


class LowerForm(pydantic.BaseModel):
    """To which level a halt is lowered."""

    to_level: Literal["1", "2", "3"]
    reason: str = pydantic.Field(min_length=5, max_length=500)


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
    halt_target: str = "desk:"
    halt_name: str = ""
    lower_levels: list[Choice] = []

    _halt: dict[str, str] = {}
    _lower: dict[str, str] = {}

    @rx.event
    @requires(Permission.HALT_RAISE)
    def halt_form(self) -> None:
        """Let the operator choose what to halt."""
        self.halt_target, self.halt_name = "desk:", ""
        self._open_form("halt")

    def _open_halt_of(self, account_id: str) -> None:
        """Offer to halt one account."""
        self.halt_target, self.halt_name = ONE_ACCOUNT, account_id
        self._open_form("halt")

    @rx.event
    @requires(Permission.HALT_RAISE, HaltForm)
    async def review_halt(self, form: HaltForm) -> Any:
        """Count what the halt stops and ask before it is raised."""
        if form.how_far == "3" and not current().has_stepped_up(SystemClock().now()):
            return rx.redirect(routes.with_query(routes.CONFIRM_IDENTITY, next=routes.KILL_SWITCH))
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
        return await self._raise_halt(form) if self.ask.act == "halt" else None

    @rx.event
    @requires(Permission.FLATTEN, Confirmation, step_up=True)
    async def raise_and_flatten(self, form: Confirmation) -> Any:
        """Stop trading in the chosen scope and close what is open there."""
        if self.ask.act != "flatten" or not can(current_actor(), Permission.HALT_RAISE):
            return None
        return await self._raise_halt(form)

    @rx.event
    @requires(Permission.HALT_LIFT, step_up=True)
    async def ask_lift(self, halt_id: str) -> None:
        """Say what goes on and ask before a halt is lifted, or before a proposal is carried out."""
        actor = current_actor()
        halt = await _halt_of(actor, halt_id)
        if halt is None:
            return
        row = halt_row(halt, now=SystemClock().now())
        effect = await halt_effects.effect(actor, HaltScope(halt.scope), halt.scope_id)
        is_alone = get_settings().four_eyes == "off"
        to_level = halt.lowering_to or 0
        verb = "lift" if not to_level else f"lower to k{to_level}"
        self._lower = {"id": halt_id, "to_level": str(to_level)}
        self._ask(
            Ask(
                act="lift",
                subject=halt_id,
                title=f"Let {row.subject} trade again?"
                if not to_level
                else f"Lower the halt of {row.subject} to K{to_level}?",
                consequence=lift_text(effect, row, is_one_person_desk=is_alone),
                confirm_label="Lift halt" if not to_level else f"Lower to K{to_level}",
                phrase=phrase(verb, row.subject),
            )
        )

    @rx.event
    @requires(Permission.HALT_LIFT, Confirmation, step_up=True)
    async def lift_halt(self, form: Confirmation) -> Any:
        """Let a scope trade again, or lower its halt to what was proposed."""
        if self.ask.act != "lift" or not self._confirmed(form):
            return None
        return await self._lower_to(
            UUID(self.ask.subject), int(self._lower.get("to_level", "0")), form.reason
        )

    @rx.event
    @requires(Permission.HALT_LIFT, step_up=True)
    def open_lower(self, halt_id: str) -> None:
        """Choose how far a halt is lowered."""
        row = next((one for one in self.halts if one.id == halt_id), None)
        if row is None:
            return
        self._lower = {"id": halt_id}
        self.lower_levels = [
            Choice(str(level), HOW_FAR[str(level)][2]) for level in range(1, int(row.level))
        ]
        self._open_form("lower")

    @rx.event
    @requires(Permission.HALT_LIFT, LowerForm, step_up=True)
    async def lower_halt(self, form: LowerForm) -> Any:
        """Lower the chosen halt, or propose to."""
        return await self._lower_to(UUID(self._lower["id"]), int(form.to_level), form.reason)

    async def _lower_to(self, halt_id: UUID, to_level: int, reason: str) -> Any:
        outcome = await perform(
            halts.lower_halt,
            halt_id,
            to_level=HaltLevel(to_level) if to_level else None,
            reason=reason,
            done="Halt lifted" if not to_level else f"Halt lowered to K{to_level}",
        )
        if outcome.ok and not outcome.value.is_done:
            outcome = replace(outcome, message="Proposed; another person must confirm it")
        return await self._after(outcome)

    async def _raise_halt(self, form: Confirmation) -> Any:
        if not self._confirmed(form):
            return None
        level = HaltLevel(int(self._halt["level"]))
        outcome = await perform(
            halts.raise_halt,
            scope=HaltScope(self._halt["scope"]),
            scope_id=self._halt["scope_id"],
            level=level,
            state=TradingState(self._halt["state"]),
            reason=form.reason,
            done="Trading is halted"
            if level is not HaltLevel.FLATTEN
            else "Trading is halted; positions are closing",
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
        level, state, _ = HOW_FAR[form.how_far]
        act = "flatten" if level is HaltLevel.FLATTEN else "halt"
        self._halt = {
            "scope": target.scope.value,
            "scope_id": target.scope_id,
            "level": str(int(level)),
            "state": state.value,
        }
        self.form = ""
        self._ask(
            Ask(
                act=act,
                title=f"Halt {target.subject.replace('The whole', 'the whole', 1)}?",
                consequence=halt_text(effect, level=level, state=state),
                confirm_label="Halt and close everything"
                if level is HaltLevel.FLATTEN
                else "Halt trading",
                phrase=phrase(act, target.subject),
            )
        )

    async def _load_halts(self) -> None:
        actor = current_actor()
        scope = live.scope_of(actor)
        found = await live.shared(scope, "halts risk", risk_queries.active_halts, actor)
        now = SystemClock().now()
        self.halts = [
            halt_row(halt, now=now, is_proposer=halt.lowering_by_id == actor.user_id)
            for halt in found
        ]
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


async def _halt_of(actor: Actor, halt_id: str) -> HaltView | None:
    found = await risk_queries.active_halts(actor)
    return next((halt for halt in found if str(halt.id) == halt_id), None)


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
