"""Off-board a client: a page that goes on where the last step left it."""

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.off_boarding import OffBoardingState
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import billing
from patriot_app.core.queries import off_boardings as queries
from patriot_app.core.queries.billing import FeeAccrual
from patriot_app.core.queries.off_boardings import Consequences, Progress
from patriot_app.core.queries.page import PAGE_SIZE_MAX, PageRequest
from patriot_app.core.services import off_boardings
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.off_boarding import acts
from patriot_app.web.console.off_boarding.rows import (
    TITLES,
    StepRow,
    clearing,
    due_step,
    standing,
    step_rows,
)
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed

_S = OffBoardingState


class OffBoardingPageState(DialogMixin, rx.State):
    """The steps of one client's way out."""

    client_id: str = ""
    name: str = ""
    steps: list[StepRow] = []
    due: str = ""
    due_title: str = ""
    standing: str = ""
    clearing: str = ""
    rest: int = 0
    may_abandon: bool = False
    loading: bool = True
    error: str = ""
    blocked: str = ""

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show how far the client of the address is."""
        self.client_id = self.router.url.query_parameters.get("client_id", "")[:60]
        self.blocked = lacking(Permission.CLIENTS_WRITE)
        try:
            await self._load()
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.loading = False

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_step(self, leaves_rest: bool = False) -> None:
        """Ask before the step that is due."""
        row = next((one for one in self.steps if one.step == self.due), None)
        if row is None:
            return
        is_final = row.step in (_S.SETTLED, _S.REVOKED, _S.CLOSED)
        words = row.what
        if leaves_rest:
            words = f"{self.rest} positions that the desk did not open stay with the client."
        self._ask(
            Ask(
                act=f"{row.step}:leave" if leaves_rest else row.step,
                subject=self.client_id,
                title=f"{row.title}?",
                consequence=words,
                confirm_label=row.title,
                phrase=f"off-board {self.name}".lower() if is_final else "",
            )
        )

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_abandon(self) -> None:
        """Ask before the way out is given up."""
        self._ask(
            Ask(
                act="abandon",
                subject=self.client_id,
                title=f"Keep {self.name}?",
                consequence="Gives the off-boarding up and withdraws what was proposed to end his"
                " mandates. The client stays suspended, and a halt that was raised for it stays in"
                " force, until somebody ends them.",
                confirm_label="Give up",
            )
        )

    @rx.event
    @requires(Permission.CLIENTS_WRITE, Confirmation)
    async def confirm(self, form: Confirmation) -> Any:
        """Take the step that was asked about; the record says which is due."""
        if not self._confirmed(form):
            return None
        outcome = await self._take(form.reason)
        if outcome.ok:
            await self._load()
        return self._settle(outcome)

    async def _take(self, reason: str) -> Outcome:
        act, _, choice = self.ask.act.partition(":")
        client_id, actor = id_of(self.ask.subject), current_actor()
        if act == _S.STOPPED:
            return await perform(acts.stop, client_id, reason=reason, done="Nothing more is opened")
        came = await queries.progress(actor, client_id)
        if came is None:
            raise NotFound("This off-boarding was given up")
        if act == "abandon":
            done = "Off-boarding given up"
            return await perform(acts.abandon, came.id, reason=reason, done=done)
        services: dict[
            str, tuple[Callable[..., Coroutine[Any, Any, Any]], tuple[Any, ...], str]
        ] = {
            _S.FLATTENING: (acts.flatten, (), "Closing"),
            _S.SETTLED: (
                acts.settle,
                (await queries.running_mandates(actor, client_id),),
                "Mandates ended",
            ),
            _S.REVOKED: (
                acts.revoke,
                (await queries.kept_keys(actor, client_id),),
                "Keys destroyed",
            ),
            _S.CLOSED: (off_boardings.close, (), "The relationship is over"),
        }
        if act == _S.FLAT:
            leaves = choice == "leave"
            return await perform(
                off_boardings.confirm_flat, came.id, leaves_rest=leaves, done="Nothing is open"
            )
        service, arguments, done = services[act]
        return proposed(await perform(service, came.id, *arguments, done=done))

    async def _load(self) -> None:
        actor, client_id = current_actor(), id_of(self.client_id)
        there = await queries.consequences(actor, client_id)
        running = PageRequest(
            size=PAGE_SIZE_MAX, filters={"client_id": str(client_id), "ended": "no"}
        )
        fees = await billing.accruals(actor, running)
        self._show(there, await queries.progress(actor, client_id), fees.items)

    def _show(self, there: Consequences, came: Progress | None, fees: Sequence[FeeAccrual]) -> None:
        due = due_step(came)
        self.name, self.rest = there.name, there.rest
        self.steps = step_rows(came, there, fees)
        self.due, self.due_title = (due.value, TITLES[due]) if due is not None else ("", "")
        self.standing = standing(came, now=SystemClock().now())
        self.clearing = clearing(came)
        self.may_abandon = came is not None and came.state in (_S.STOPPED, _S.FLAT)
