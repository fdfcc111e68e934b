"""Rebalancings: what the next would do, runs with their accounts, and shares in a client's place."""

from functools import partial
from typing import Any

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import allocations
from patriot_app.core.queries import rebalancing as queries
from patriot_app.core.services import rebalancing
from patriot_app.web import format, live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.rebalancing.rows import (
    AccountRow,
    RunRow,
    dry_words,
    planned_row,
    run_row,
    step_row,
)
from patriot_app.web.format import Moment
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.allocation_state import AllocationMixin, SharesForm
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "strategies accounts"
COLUMNS: table_export.Columns[queries.Run] = [
    (name, lambda row, name=name: getattr(row, name)) for name in queries.Run.__dataclass_fields__
]


class SearchForm(pydantic.BaseModel):
    """Words of an account's label or its client's name."""

    words: str = pydantic.Field(default="", max_length=100)


class RebalancingState(TableMixin, DialogMixin, rx.State):
    """One page of runs, the accounts of the open one, and the dry run of the next."""

    rows: list[RunRow] = []
    run: RunRow = RunRow()
    steps: list[AccountRow] = []
    planned: list[AccountRow] = []
    words: str = ""
    next_at: Moment = Moment()
    blocked: str = ""

    _filter_names = ("trigger", "state")

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.DEPLOYMENTS_WRITE)
        actor = current_actor()
        read = partial(live.shared, live.scope_of(actor), TOPICS)
        try:
            now = SystemClock().now()
            page = await read(queries.runs, actor, self._page_request())
            self._accept(page, [run_row(one, now=now) for one in page.items])
            dry = await read(queries.dry_run, actor)
            self.words, self.planned = dry_words(dry), [planned_row(one) for one in dry.planned]
            self.next_at = format.moment(await allocations.next_rebalancing(actor), now=now)
            if self.open_id:
                self.run = next((row for row in self.rows if row.id == self.open_id), RunRow())
                found = await queries.steps(actor, id_of(self.open_id))
                self.steps = [step_row(one) for one in found]
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    def ask_run(self) -> None:
        """Ask before all accounts are rebalanced now."""
        self._ask(
            Ask(
                act="rebalance",
                title="Rebalance now",
                consequence=f"Applies every change that waits, also those of a later date. {self.words}",
                confirm_label="Rebalance now",
            )
        )

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, Confirmation)
    async def begin_run(self, form: Confirmation) -> Any:
        """Have all accounts rebalanced now."""
        if not self._confirmed(form):
            return None
        outcome = await perform(
            rebalancing.ask, reason=form.reason, done="The rebalancing begins within a minute"
        )
        said = self._settle(outcome)
        await self.load()
        return said

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    async def export(self) -> Any:
        """Save the runs that match as CSV."""
        text = await table_export.as_csv(
            queries.runs, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="rebalancings", now=SystemClock().now())

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    def export_planned(self) -> Any:
        """Save what the next rebalancing would do as CSV."""
        cells = [[row.client, row.account, row.state, row.outcome, row.due] for row in self.planned]
        text = table_export.cells_as_csv(["client", "account", "state", "outcome", "due"], cells)
        return table_export.download(text, name="next-rebalancing", now=SystemClock().now())


class DeskAllocationState(AllocationMixin, rx.State):
    """Shares that the desk asks for in a client's place."""

    words: str = ""

    @rx.event
    @requires(Permission.STRATEGIES_READ, SearchForm)
    async def search(self, form: SearchForm) -> None:
        """Offer the accounts that match."""
        self.words = form.words
        await self._show_accounts(await allocations.matching(current_actor(), form.words))

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    async def choose(self, account_id: str) -> None:
        """Look at another of them."""
        await self._choose(account_id)

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE, SharesForm)
    async def check(self, form: SharesForm) -> None:
        """Show what the change would mean; the desk says why it asks."""
        if not form.reason.strip():
            self._edit_again()
            self.errors = {"reason": "Say why the desk asks in the client's place"}
            return
        await self._check(form)

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    def edit(self) -> None:
        """Go back to the fields."""
        self._edit_again()

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def confirm(self) -> Any:
        """Ask for what was checked."""
        return await self._ask_for()

    @rx.event
    @requires(Permission.DEPLOYMENTS_WRITE)
    async def take_back(self) -> Any:
        """Take back what waits."""
        return await self._take_back()

    @rx.event
    @requires(Permission.STRATEGIES_READ)
    async def fill_in(self, method: str) -> None:
        """Put a suggestion into the fields."""
        await self._fill_in(method)
