"""Do one thing to many clients, accounts or deployments: first who will be skipped and why, then row by row."""

from collections.abc import Callable, Coroutine
from typing import Any

import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.bulk_acts import AccountAct, ClientAct, DeploymentAct
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import bulk_candidates
from patriot_app.core.services import accounts, deployments, risk_profiles, users
from patriot_app.web import routes
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, Outcome, perform, say
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.bulk.rows import (
    ACCOUNT_ACTS,
    CLIENT_ACTS,
    DEPLOYMENT_ACTS,
    BulkRow,
    bulk_row,
    tally,
    with_result,
)
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.failures import words_for
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.picking import PickMixin
from patriot_app.web.table_export import cells_as_csv, download

Service = Callable[..., Coroutine[Any, Any, None]]
_CLIENT_SERVICES: dict[str, Service] = {
    ClientAct.APPROVE: users.approve,
    ClientAct.SUSPEND: users.suspend,
    ClientAct.REACTIVATE: users.reactivate,
}
_ACCOUNT_SERVICES: dict[str, Service] = {
    AccountAct.SUSPEND: accounts.suspend,
    AccountAct.ACTIVATE: accounts.activate,
}

_DEPLOYMENT_SERVICES: dict[str, Service] = {
    DeploymentAct.PAUSE: deployments.pause,
    DeploymentAct.RESUME: deployments.resume,
}
ACTS = {"clients": CLIENT_ACTS, "accounts": ACCOUNT_ACTS, "deployments": DEPLOYMENT_ACTS}


class BulkState(DialogMixin, PickMixin, rx.State):
    """The rows that match, what was ticked, and the result of each."""

    kind: str = "clients"
    act: str = "suspend"
    search: str = ""
    status: str = ""
    rows: list[BulkRow] = []
    tally: str = ""
    has_run: bool = False
    failed: int = 0
    loading: bool = True
    error: str = ""
    blocked: str = ""

    @rx.event
    @requires(Permission.CLIENTS_READ)
    async def load(self) -> None:
        """Show whom the act of the address would meet."""
        query = {str(name): str(one) for name, one in self.router.url.query_parameters.items()}
        kind = query.get("kind", "")
        self.kind = kind if kind in ACTS else "clients"
        act = query.get("act", "")
        self.act = act if act in ACTS[self.kind] else next(iter(ACTS[self.kind]))
        self.search, self.status = query.get("q", "")[:200], query.get("status", "")[:40]
        needed = (
            Permission.DEPLOYMENTS_WRITE if self.kind == "deployments" else Permission.CLIENTS_WRITE
        )
        self.blocked = lacking(needed)
        try:
            self.rows = await self._candidates()
            self.error = ""
        except Exception as error:
            self.error = words_for(error)
        self.picked = [row.id for row in self.rows if row.result == "due"]
        self.has_run, self.loading = False, False
        self.tally = tally(self.rows)
        if len(self.rows) == bulk_candidates.ROWS_MAX:
            self.tally += "; there may be more: narrow the search, then go on"

    @rx.event
    @requires(Permission.CLIENTS_READ)
    def choose(self, name: str, value: str) -> Any:
        """Choose another act, search or status: the address says what is shown."""
        chosen = {"act": self.act, "q": self.search, "status": self.status, name: value}
        if name in ("act", "q", "status"):
            target = routes.with_query(routes.BULK, kind=self.kind, **chosen)
            return rx.redirect(target, replace=True)
        return None

    @rx.event
    @requires(Permission.CLIENTS_WRITE)
    def ask_run(self, only_failed: bool = False) -> None:
        """Ask before the act is done to the ticked rows, or again to those that failed."""
        if self.kind != "deployments":
            self._ask_run("run", only_failed=only_failed)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def ask_run_deployments(self, only_failed: bool = False) -> None:
        """Ask the same before it is done to deployments."""
        if self.kind == "deployments":
            self._ask_run("run_deployments", only_failed=only_failed)

    def _ask_run(self, act: str, *, only_failed: bool) -> None:
        if only_failed:
            self.picked = [row.id for row in self.rows if row.result == "failed"]
        skipped = len(self.rows) - len(self.picked)
        self._ask(
            Ask(
                act=act,
                subject=self.act,
                title=f"{ACTS[self.kind][self.act]}?",
                consequence=f"Done to {len(self.picked)}, one after the other; {skipped} are left"
                " as they are. What fails stops no other.",
                confirm_label=f"Do it to {len(self.picked)}",
            )
        )

    @rx.event
    @requires(Permission.CLIENTS_WRITE, Confirmation)
    async def run(self, form: Confirmation) -> Any:
        """Do the act to each ticked client or account in a transaction of its own."""
        if self.kind == "deployments" or self.ask.act != "run":
            return None
        return await self._run(form)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, Confirmation)
    async def run_deployments(self, form: Confirmation) -> Any:
        """Do the act to each ticked deployment in a transaction of its own."""
        if self.kind != "deployments" or self.ask.act != "run_deployments":
            return None
        return await self._run(form)

    async def _run(self, form: Confirmation) -> Any:
        if not self.picked or not self._confirmed(form):
            return None
        wanted, results = set(self.picked), []
        for row in self.rows:
            if row.id not in wanted:
                results.append(row if row.result != "due" else _left(row))
                continue
            outcome = await self._do(row.id, form.reason)
            problem = "" if outcome.ok else "; ".join(outcome.fields.values()) or outcome.message
            results.append(with_result(row, problem=problem))
        self.rows, self.has_run = results, True
        self.failed = sum(row.result == "failed" for row in results)
        self.tally = tally(results)
        self._close_dialogs()
        return say(self.tally, tone="warning" if self.failed else "positive")

    @rx.event
    @requires(Permission.CLIENTS_READ)
    def export(self) -> Any:
        """Save the rows with their results."""
        heads = ("id", "name", "result", "why")
        text = cells_as_csv(heads, [(row.id, row.name, row.result, row.why) for row in self.rows])
        return download(text, name=f"bulk-{self.act}", now=SystemClock().now())

    async def _do(self, row_id: str, reason: str) -> Outcome:
        target = id_of(row_id)
        if self.kind == "deployments":
            return await perform(_DEPLOYMENT_SERVICES[self.act], target, reason=reason, done="Done")
        if self.kind == "accounts":
            return await perform(_ACCOUNT_SERVICES[self.act], target, reason=reason, done="Done")
        profile = ClientAct(self.act).profile
        if profile is not None:
            return await perform(
                risk_profiles.change, target, profile=profile, justification=reason, done="Done"
            )
        return await perform(_CLIENT_SERVICES[self.act], target, reason=reason, done="Done")

    async def _candidates(self) -> list[BulkRow]:
        actor, narrowed = current_actor(), {"search": self.search, "status": self.status}
        if self.kind == "deployments":
            found = await bulk_candidates.deployments(actor, DeploymentAct(self.act), **narrowed)
        elif self.kind == "accounts":
            found = await bulk_candidates.accounts(actor, AccountAct(self.act), **narrowed)
        else:
            found = await bulk_candidates.clients(actor, ClientAct(self.act), **narrowed)
        return [bulk_row(one) for one in found]

    def _pickable(self) -> list[str]:
        return [row.id for row in self.rows if row.result in ("due", "failed")]


def _left(row: BulkRow) -> BulkRow:
    return BulkRow(row.id, row.name, "left", "")
