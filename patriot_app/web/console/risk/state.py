"""Limits by desk, strategy, client and account, halts, and what was denied lately."""

from typing import Any
from uuid import UUID

import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.domain.risk_limits import LimitScope
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import accounts as account_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import limit_trials
from patriot_app.core.queries import risk as risk_queries
from patriot_app.core.queries import risk_watch as watch_queries
from patriot_app.core.queries import strategies as strategy_queries
from patriot_app.core.queries import users as user_queries
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.queries.risk import LimitView
from patriot_app.web import live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.risk.book_rows import ComponentRow, component_rows
from patriot_app.web.console.risk.heat_rows import correlation_heat
from patriot_app.web.console.risk.limit_form import LimitForm, signature, trial_text
from patriot_app.web.console.risk.override_rows import (
    LIMIT_EVENTS,
    OverrideRow,
    limit_entries,
    override_rows,
)
from patriot_app.web.console.risk.rows import (
    DenialRow,
    EffectiveRow,
    LimitRow,
    UsageRow,
    clear_text,
    denial_row,
    effective_row,
    in_words,
    key_of,
    label_of,
    limit_row,
    usage_row,
)
from patriot_app.web.console.risk.stress_state import StressState
from patriot_app.web.console.risk.watch_state import RiskWatchState
from patriot_app.web.kit import Choice, Heat, TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.halt_rows import HaltRow, halt_row
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.table_state import TableMixin

TOPICS = "risk halts fan_outs equity positions"
LIMITS_SHOWN_MAX = 200


class RiskState(TableMixin, DialogMixin, rx.State):
    """Accounts beside their limits, the limits that are set, halts and denials."""

    rows: list[UsageRow] = []
    desk: list[EffectiveRow] = []
    limits: list[LimitRow] = []
    halts: list[HaltRow] = []
    denials: list[DenialRow] = []
    account: UsageRow = UsageRow()
    effective: list[EffectiveRow] = []
    components: list[ComponentRow] = []
    correlation: Heat = Heat()
    overrides: list[OverrideRow] = []
    history: list[TimelineEntry] = []
    scope: str = "desk"
    subject: str = ""
    subjects: list[Choice] = []
    trial: str = ""
    tried: str = ""
    blocked_limits: str = ""

    _filter_names = ("exchange", "client_id")

    @rx.event
    @requires(Permission.RISK_READ)
    async def load(self) -> Any:
        """Show what the address asks for, and what was measured beside it."""
        self._read_address()
        self.blocked_limits = lacking(Permission.LIMITS_WRITE)
        try:
            page = await self._read(risk_queries.usage, self._page_request())
            self._accept(page, [usage_row(item) for item in page.items])
            await self._load_rules()
            await self._load_account()
        except Exception as error:
            self._reject(error)
        return [RiskWatchState.load, StressState.load]

    @rx.event
    @requires(Permission.LIMITS_WRITE)
    async def open_limit(self, scope: str, subject: str) -> None:
        """Open the form for a limit of a scope, of one subject if it is named."""
        await self._choose(LimitScope(scope).value, subject)
        self.trial = self.tried = ""
        self._open_form("limit")

    @rx.event
    @requires(Permission.RISK_READ)
    async def choose_scope(self, scope: str) -> None:
        """Offer the subjects of another scope in the open form."""
        await self._choose(LimitScope(scope).value, "")
        self.trial = self.tried = ""
        self.errors = {}

    @rx.event
    @requires(Permission.LIMITS_WRITE, LimitForm)
    async def save_limit(self, form: LimitForm) -> Any:
        """Say what the limit would do; asked for once more, propose it: it binds the next order."""
        subject = "" if self.scope == LimitScope.DESK else str(id_of(form.subject))
        if self.tried != signature(form, self.scope):
            await self._try(form, subject)
            return None
        override = "" if form.hours is None else "override"
        key = f"{self.scope}|{subject}|{form.name.value}|{override}"
        row = await _limit(key)
        before = "" if row is None else in_words(row.name, row.value)
        chosen = next((one.label for one in self.subjects if one.value == subject), "")
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.SET_LIMIT,
            subject=chosen or "The whole desk",
            subject_key=key,
            payload=form.payload(self.scope, subject, now=SystemClock().now()),
            changes=[Change(form.named(), before, form.after())],
            reason=form.reason,
            done="Limit set" if form.hours is None else "Override set",
        )
        return self._settle(proposed(outcome))

    @rx.event
    @requires(Permission.LIMITS_WRITE)
    def ask_clear(self, limit_id: str) -> None:
        """Ask before a limit is taken away."""
        row = next((one for one in self.limits if one.id == limit_id), None)
        if row is not None:
            self._ask(
                Ask(
                    act="clear",
                    subject=row.key,
                    title=f"Clear the limit of {row.subject}?",
                    consequence=clear_text(row),
                    confirm_label="Clear limit",
                )
            )

    @rx.event
    @requires(Permission.LIMITS_WRITE, Confirmation)
    async def clear(self, form: Confirmation) -> Any:
        """Propose to take the limit away that was asked about."""
        if self.ask.act != "clear" or not self._confirmed(form):
            return None
        scope, subject, name, override = self.ask.subject.split("|")
        row = await _limit(self.ask.subject)
        if row is None:
            self.errors = {"": "This limit is no longer set"}
            return None
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.CLEAR_LIMIT,
            subject=row.subject or "The whole desk",
            subject_key=self.ask.subject,
            payload={
                "scope": scope,
                "scope_id": subject,
                "name": name,
                "is_override": bool(override),
            },
            changes=[Change(label_of(name), in_words(name, row.value), "the wider scope's")],
            reason=form.reason,
            done="Override ended" if override else "Limit cleared",
        )
        return self._settle(proposed(outcome))

    async def _try(self, form: LimitForm, subject: str) -> None:
        """Show what the limit would have done, or what is wrong with it."""
        try:
            wanted = form.limit(self.scope, UUID(subject) if subject else None)
            found = await limit_trials.trial(current_actor(), wanted)
        except Invalid as error:
            self.errors, self.trial, self.tried = dict(error.fields), "", ""
            return
        self.errors = {}
        self.trial, self.tried = trial_text(found), signature(form, self.scope)

    async def _load_rules(self) -> None:
        now = SystemClock().now()
        found = await self._read(risk_queries.desk_limits)
        self.desk = [effective_row(one) for one in found if one.value is not None]
        limits = await self._read(risk_queries.limits)
        self.limits = [limit_row(one, now=now) for one in limits[:LIMITS_SHOWN_MAX]]
        active = await self._read(risk_queries.active_halts)
        self.halts = [halt_row(one, now=now) for one in active]
        denials = await self._read(risk_queries.denials)
        self.denials = [denial_row(one, now=now) for one in denials]

    async def _load_account(self) -> None:
        if not self.open_id:
            return
        account_id = id_of(self.open_id)
        try:
            found = await self._read(risk_queries.effective_limits, account_id)
            detail = await self._read(account_queries.detail, account_id)
            book = await self._read(watch_queries.book, account_id)
        except NotFound:
            self.open_id = ""
            return
        self.effective = [effective_row(one) for one in found]
        self.components, self.correlation = component_rows(book), correlation_heat(book)
        summary = detail.summary
        self.account = UsageRow(
            id=str(summary.id),
            account=summary.label,
            client=summary.client_name,
            exchange=f"{summary.exchange.capitalize()} · {summary.mode}",
        )
        now = SystemClock().now()
        told = await event_queries.of_kinds(
            current_actor(), *LIMIT_EVENTS, scope_id=str(account_id)
        )
        self.history = limit_entries(told, now=now)
        self.overrides = override_rows(
            await self._read(risk_queries.limits),
            account_id=account_id,
            client_id=summary.client_id,
            now=now,
        )

    async def _choose(self, scope: str, subject: str) -> None:
        """Fill the choices of a scope's subjects."""
        actor, everyone = current_actor(), PageRequest(size=PAGE_SIZE_MAX)
        choices: list[Choice] = []
        if scope == LimitScope.STRATEGY:
            found = await strategy_queries.page(actor, everyone)
            choices = [Choice(str(one.id), one.name) for one in found.items]
        elif scope == LimitScope.CLIENT:
            clients = await user_queries.page(actor, everyone)
            choices = [Choice(str(one.id), one.name) for one in clients.items]
        elif scope == LimitScope.ACCOUNT:
            known = await account_queries.page(actor, everyone)
            choices = [
                Choice(str(one.id), f"{one.client_name} · {one.label}") for one in known.items
            ]
        if subject and all(one.value != subject for one in choices):
            raise Invalid({"subject": "Choose one of the list"})
        self.scope, self.subjects = scope, choices
        self.subject = subject or (choices[0].value if choices else "")

    async def _read(self, query: Any, *args: Any, **kwargs: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args, **kwargs)


async def _limit(key: str) -> LimitView | None:
    """Return the limit in force for "scope|subject|name|override"."""
    found = await risk_queries.limits(current_actor())
    return next((one for one in found if key_of(one) == key), None)
