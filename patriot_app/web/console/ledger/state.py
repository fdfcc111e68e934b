"""The tie-out of accounts and days; what a person must decide about ledgers."""

from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.ledger import LedgerClass
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.queries import ledger_days as queries
from patriot_app.core.queries.ledger_days import LedgerDayView
from patriot_app.core.services import ledger_types
from patriot_app.web import live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.ledger.rows import (
    DayRow,
    TroubleRow,
    TypeRow,
    day_row,
    trouble_row,
    type_row,
)
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.table_state import TableMixin

TOPICS = "ledger fees"
COLUMNS: table_export.Columns[LedgerDayView] = [
    (name, lambda row, name=name: getattr(row, name)) for name in LedgerDayView.__dataclass_fields__
]


class ClassForm(pydantic.BaseModel):
    """What rows of a type mean, and why."""

    classification: LedgerClass
    reason: str = pydantic.Field(min_length=5, max_length=1_000)


class LedgerState(TableMixin, DialogMixin, rx.State):
    """Days, unknown types, troubled ledgers."""

    rows: list[DayRow] = []
    types: list[TypeRow] = []
    troubles: list[TroubleRow] = []
    chosen: TypeRow = TypeRow()
    blocked: str = ""

    _filter_names = ("state", "exchange", "account_id")

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked = lacking(Permission.LEDGER_CLASSIFY)
        try:
            page = await self._read(queries.page, self._page_request())
            self._accept(page, [day_row(one) for one in page.items])
            self.types = [type_row(one) for one in await self._read(queries.unknown_types)]
            now = SystemClock().now()
            troubled = await self._read(queries.troubled)
            self.troubles = [trouble_row(one, now=now) for one in troubled]
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEES_READ)
    async def export(self) -> Any:
        """Save the filtered days as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="tie-out", now=SystemClock().now())

    @rx.event
    @requires(Permission.LEDGER_CLASSIFY)
    def open_type(self, type_id: str) -> None:
        """Open the form that says what a type means."""
        chosen = next((one for one in self.types if one.id == type_id), None)
        if chosen is not None:
            self.chosen = chosen
            self._open_form("type")

    @rx.event
    @requires(Permission.LEDGER_CLASSIFY, ClassForm)
    async def classify(self, form: ClassForm) -> Any:
        """Say what the chosen type means."""
        if not self.chosen.id:
            return None
        exchange, _, row_type = self.chosen.id.partition(":")
        outcome = await perform(
            ledger_types.classify,
            Exchange(exchange),
            row_type,
            classification=form.classification,
            reason=form.reason,
            done=f"{row_type} is classified; held months are computed again",
        )
        if outcome.ok:
            self.chosen = TypeRow()
            await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.LEDGER_CLASSIFY)
    def ask_gap(self, account_id: str) -> None:
        """Ask before a gap is accepted."""
        row = next((one for one in self.troubles if one.id == account_id and one.has_gap), None)
        if row is not None:
            self._ask(
                Ask(
                    act="gap",
                    subject=row.id,
                    title=f"Accept the gap of {row.account}?",
                    consequence=f"{row.what}. Its months are closed as if nothing was; what is"
                    " missing is neither charged nor shown.",
                    confirm_label="Accept gap",
                )
            )

    @rx.event
    @requires(Permission.LEDGER_CLASSIFY, Confirmation)
    async def accept_gap(self, form: Confirmation) -> Any:
        """Accept the gap that was asked about."""
        if self.ask.act != "gap" or not self._confirmed(form):
            return None
        outcome = await perform(
            ledger_types.accept_gap,
            UUID(self.ask.subject),
            reason=form.reason,
            done="The gap is accepted",
        )
        if outcome.ok:
            await self.load()
        return self._settle(outcome)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)
