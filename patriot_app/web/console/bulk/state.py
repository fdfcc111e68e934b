"""Do one thing to many clients, accounts or deployments: who will be skipped and why, then row by row.

The rows are done by a background handler, so the page tells how far it is, and goes on telling after
it was loaded anew. What a run needs was agreed to by `run`; without that it has nothing to do.
"""

from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import bulk_candidates
from patriot_app.core.queries.sessions import ended_among
from patriot_app.web import routes
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.bulk.acts import (
    ASSIGNMENTS,
    OF_FUND_MANAGERS,
    Wish,
    candidates,
    do,
    wish_of,
)
from patriot_app.web.console.bulk.rows import (
    BulkRow,
    bulk_row,
    left,
    parts_of,
    tally,
    waiting,
    with_result,
)
from patriot_app.web.kit import Choice, Share
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.picking import PickMixin
from patriot_app.web.table_export import cells_as_csv, download

CHOICES = ("act", "q", "status", "deployment", "share")
SHOWN_EVERY = 20
"""Rows after which the results are sent to the page; the count is sent after each."""

_AT_WORK: set[str] = set()
"""Tabs whose rows are being done by this process; a mark in a state could outlive its process."""


class BulkState(DialogMixin, PickMixin, rx.State):
    """The rows that match, what was ticked, and the result of each."""

    kind: str = "clients"
    act: str = "suspend"
    search: str = ""
    status: str = ""
    deployment: str = ""
    share: str = ""
    deployments: list[Choice] = []
    rows: list[BulkRow] = []
    tally: str = ""
    has_run: bool = False
    is_running: bool = False
    done: int = 0
    total: int = 0
    progress: list[Share] = []
    failed: int = 0
    loading: bool = True
    error: str = ""
    blocked: str = ""

    _wish: Wish = Wish()
    _agreed: str = ""
    _stops: bool = False

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show whom the act of the address would meet, or how far the run is that goes on."""
        query = {str(name): str(one) for name, one in self.router.url.query_parameters.items()}
        wish = wish_of(query)
        self.is_running = self.is_running and self.router.session.client_token in _AT_WORK
        if self.is_running or (self.has_run and wish == self._wish):
            return
        await self._prepare(wish)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def look_again(self) -> None:
        """Put the results away and show whom the act would meet now."""
        if not self.is_running:
            await self._prepare(self._wish)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    def choose(self, name: str, value: str) -> Any:
        """Choose another act, search or status: the address says what is shown."""
        chosen = {
            "act": self.act,
            "q": self.search,
            "status": self.status,
            "deployment": self.deployment,
            "share": self.share if self.kind == ASSIGNMENTS else "",
            name: value,
        }
        if name in CHOICES and not self.is_running:
            target = routes.with_query(routes.BULK, kind=self.kind, **chosen)
            return rx.redirect(target, replace=True)
        return None

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_run(self, only_failed: bool = False) -> None:
        """Ask before the act is done to the ticked rows, or again to those that failed."""
        if self.kind not in OF_FUND_MANAGERS:
            self._ask_run("run", only_failed=only_failed)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def ask_run_deployments(self, only_failed: bool = False) -> None:
        """Ask the same before it is done to deployments."""
        if self.kind in OF_FUND_MANAGERS:
            self._ask_run("run_deployments", only_failed=only_failed)

    @rx.event
    @requires(Permission.CLIENTS_WRITE, Confirmation)
    def run(self, form: Confirmation) -> Any:
        """Begin doing the act to each ticked client or account."""
        if self.kind in OF_FUND_MANAGERS or self.ask.act != "run":
            return None
        return BulkState.carry_out if self._agree(form) else None

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, Confirmation)
    def run_deployments(self, form: Confirmation) -> Any:
        """Begin doing the act to each ticked deployment, or account of one."""
        if self.kind not in OF_FUND_MANAGERS or self.ask.act != "run_deployments":
            return None
        return BulkState.carry_out_deployments if self._agree(form) else None

    @rx.event(background=True)
    @requires(Permission.CLIENTS_WRITE)
    async def carry_out(self) -> Any:
        """Do what was agreed to, each row in a transaction of its own."""
        return await self._carry_out(of_fund_managers=False)

    @rx.event(background=True)
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def carry_out_deployments(self) -> Any:
        """Do the same to deployments."""
        return await self._carry_out(of_fund_managers=True)

    @rx.event
    @requires(Permission.CLIENTS_READ)
    def stop(self) -> None:
        """Leave the rows as they are whose turn has not come."""
        self._stops = self.is_running

    @rx.event
    @requires(Permission.CLIENTS_READ)
    def export(self) -> Any:
        """Save the rows with their results."""
        heads = ("id", "name", "result", "why")
        text = cells_as_csv(heads, [(row.id, row.name, row.result, row.why) for row in self.rows])
        return download(text, name=f"bulk-{self.act}", now=SystemClock().now())

    async def _prepare(self, wish: Wish) -> None:
        self._wish = wish
        self.kind, self.act, self.search, self.status = (
            wish.kind,
            wish.act,
            wish.search,
            wish.status,
        )
        self.deployment, self.share = wish.deployment, wish.share
        self.blocked = lacking(wish.needs)
        try:
            if wish.kind == ASSIGNMENTS:
                found = await bulk_candidates.deployments_to_fill(current_actor())
                self.deployments = [Choice(*one) for one in found]
            self.rows = [bulk_row(one) for one in await candidates(wish)]
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.picked = [row.id for row in self.rows if row.result == "due"]
        self.has_run, self.loading, self.failed, self._agreed = False, False, 0, ""
        self.tally = tally(self.rows)
        if len(self.rows) == bulk_candidates.ROWS_MAX:
            self.tally += "; there may be more: narrow the search, then go on"

    def _ask_run(self, act: str, *, only_failed: bool) -> None:
        if self.is_running:
            return
        if only_failed:
            self.picked = [row.id for row in self.rows if row.result == "failed"]
        skipped = len(self.rows) - len(self.picked)
        self._ask(
            Ask(
                act=act,
                subject=self.act,
                title=f"{self._wish.title}?",
                consequence=f"Done to {len(self.picked)}, one after the other; {skipped} are left"
                " as they are. What fails stops no other.",
                confirm_label=f"Do it to {len(self.picked)}",
            )
        )

    def _agree(self, form: Confirmation) -> bool:
        if self.is_running or not self.picked or not self._confirmed(form):
            return False
        self._agreed = form.reason
        self._close_dialogs()
        return True

    async def _carry_out(self, *, of_fund_managers: bool) -> Any:
        """Do the rows; the state is held only to tell how far it is."""
        token = self.router.session.client_token
        async with self:
            wish, reason, rows = self._wish, self._agreed, list(self.rows)
            is_agreed = reason and (wish.kind in OF_FUND_MANAGERS) is of_fund_managers
            if not is_agreed or token in _AT_WORK:
                return None
            _AT_WORK.add(token)
            wanted = set(self.picked)
            rows = [waiting(row) if row.id in wanted else left(row) for row in rows]
            self._agreed, self._stops, self.is_running, self.rows = "", False, True, rows
            self.done, self.total = 0, len(wanted)
            self.progress = parts_of(rows)
        try:
            await self._do_rows(wish, rows, reason)
        finally:
            async with self:
                _AT_WORK.discard(token)
                rows = [left(row) for row in rows]
                self.rows, self.is_running, self.has_run = rows, False, True
                self.failed = sum(row.result == "failed" for row in rows)
                self.tally = tally(rows)
        has_failed = any(row.result == "failed" for row in rows)
        return say(tally(rows), tone="danger" if has_failed else "positive")

    async def _do_rows(self, wish: Wish, rows: list[BulkRow], reason: str) -> None:
        session_id = current_actor().session_id
        done = 0
        for at, row in enumerate(rows):
            if row.result != "waits":
                continue
            if done % SHOWN_EVERY == 0 and session_id and await ended_among([session_id]):
                return
            outcome = await do(wish, row.id, reason=reason)
            problem = "" if outcome.ok else "; ".join(outcome.fields.values()) or outcome.message
            rows[at] = with_result(row, problem=problem)
            done += 1
            async with self:
                self.done, self.progress = done, parts_of(rows)
                if done % SHOWN_EVERY == 0:
                    self.rows = list(rows)
                if self._stops:
                    return

    def _pickable(self) -> list[str]:
        return [row.id for row in self.rows if row.result in ("due", "failed")]
