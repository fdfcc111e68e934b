"""The halt switch: choose a scope and how far, see what it stops, type the phrase; or lower one."""

from dataclasses import replace
from typing import Any, Literal
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.halts import REACH_OF_SCOPE, HaltLevel, HaltScope, TradingState
from patriot_app.core.domain.permissions import Actor, Permission, can, needs_two_persons
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import halt_effects
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.queries import strategies as strategy_queries
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
)
from patriot_app.web.parts.halt_targets import ONE_ACCOUNT, ONE_CLIENT, HaltForm, target_of
from patriot_app.web.parts.proposing import proposed


class LowerForm(pydantic.BaseModel):
    """To which level a halt is lowered."""

    to_level: Literal["1", "2", "3"]
    reason: str = pydantic.Field(min_length=5, max_length=500)


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
        if level is HaltLevel.FLATTEN and self._takes_two_persons():
            return await self._propose_to_close(form)
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

    def _takes_two_persons(self) -> bool:
        reach = REACH_OF_SCOPE[HaltScope(self._halt["scope"])]
        return needs_two_persons(current_actor(), Permission.FLATTEN, reach)

    async def _propose_to_close(self, form: Confirmation) -> Any:
        scope, scope_id = self._halt["scope"], self._halt["scope_id"]
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.CLOSE_EVERYTHING,
            subject=self._halt["subject"],
            subject_key=f"{scope}|{scope_id}",
            payload={"scope": scope, "scope_id": scope_id, "state": self._halt["state"]},
            changes=[Change("Trading", "", "halted at K3, all positions closed")],
            reason=form.reason,
            done="Trading is halted; positions are closing",
        )
        return await self._after(proposed(outcome))

    async def _after(self, outcome: Outcome) -> Any:
        """Show the halts as they are now."""
        if outcome.ok:
            await self._load_halts()
        return self._settle(outcome)

    async def _review_halt(self, form: HaltForm) -> None:
        actor = current_actor()
        target = await target_of(actor, form)
        effect = await halt_effects.effect(actor, target.scope, target.scope_id)
        level, state, _ = HOW_FAR[form.how_far]
        act = "flatten" if level is HaltLevel.FLATTEN else "halt"
        self._halt = {
            "scope": target.scope.value,
            "scope_id": target.scope_id,
            "subject": target.subject,
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
