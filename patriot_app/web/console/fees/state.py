"""The fee so far per mandate, opened down to the ledger rows that it is made of."""

from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core import fee_acts, four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import billing as billing_queries
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import ledger_days as ledger_queries
from patriot_app.core.queries import mandates as mandate_queries
from patriot_app.web import format, live
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.fees.rows import ShareRow, TypeRow, share_row, type_row
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.fees import FeeRow, fee_row
from patriot_app.web.parts.flows import FlowRow, flow_rows
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.parts.terms import (
    AgreedRow,
    TermsForm,
    TermValues,
    agreed_rows,
    term_changes,
    term_values,
    terms_of,
)
from patriot_app.web.table_state import TableMixin

TOPICS = "fees ledger equity"


class MarkForm(pydantic.BaseModel):
    """Another high-water mark."""

    mark: Decimal = pydantic.Field(ge=0)
    reason: str = pydantic.Field(min_length=5, max_length=1_000)

    @pydantic.field_validator("mark", mode="before")
    @classmethod
    def _ungrouped(cls, value: object) -> object:
        return value.replace(",", "") if isinstance(value, str) else value


class FeesState(TableMixin, DialogMixin, rx.State):
    """Rows and the open mandate."""

    rows: list[FeeRow] = []
    mandate: FeeRow = FeeRow()
    shares: list[ShareRow] = []
    types: list[TypeRow] = []
    history: list[TimelineEntry] = []
    agreed: list[AgreedRow] = []
    flows: list[FlowRow] = []
    values: TermValues = TermValues()
    is_running: bool = False
    blocked_terms: str = ""
    narrowed: bool = False

    _filter_names = ("client_id", "ended")

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked_terms = lacking(Permission.FEE_TERMS_WRITE)
        self.narrowed = bool(self.filters.get("client_id"))
        try:
            page = await self._read(billing_queries.accruals, self._page_request())
            self._accept(page, [fee_row(item) for item in page.items])
            await self._load_mandate()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE)
    def open_form(self, name: str) -> None:
        """Open the form for other terms, or for another mark."""
        self._open_form(name)

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, TermsForm)
    async def change_terms(self, form: TermsForm) -> Any:
        """Propose other terms for the open mandate from the next month on."""
        if not self.mandate.id:
            return None
        found = await mandate_queries.get(current_actor(), UUID(self.mandate.id))
        before = terms_of(found.terms[0]) if found.terms else None
        terms = form.terms()
        changes = term_changes(before, terms)
        if not changes:
            self.errors = {"": "Nothing would change"}
            return None
        return await self._submit(
            ProposalKind.CHANGE_TERMS,
            fee_acts.terms_payload(terms),
            changes,
            reason=form.reason,
            done="The terms change with the next month",
        )

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, MarkForm)
    async def reset_mark(self, form: MarkForm) -> Any:
        """Propose another high-water mark for the open mandate from the next month on."""
        if not self.mandate.id:
            return None
        mark = format.money(form.mark)
        return await self._submit(
            ProposalKind.RESET_MARK,
            {"mark": str(form.mark)},
            [Change("High-water mark", self.mandate.mark.text, mark.text)],
            reason=form.reason,
            done="The mark changes with the next month",
        )

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE)
    def ask_end(self) -> None:
        """Ask before the open mandate is ended."""
        row = self.mandate
        if not row.id:
            return
        self._ask(
            Ask(
                act="end",
                subject=row.id,
                title=f"End the mandate {row.name}?",
                consequence="Its last, shorter period is closed as usual: by now its fee is"
                f" {row.fee.text} {row.fee.unit}. Its accounts are free for another mandate.",
                confirm_label="End mandate",
            )
        )

    @rx.event
    @requires(Permission.FEE_TERMS_WRITE, Confirmation)
    async def end_mandate(self, form: Confirmation) -> Any:
        """Propose to end the mandate that was asked about."""
        if (
            self.ask.act != "end"
            or self.ask.subject != self.mandate.id
            or not self._confirmed(form)
        ):
            return None
        return await self._submit(
            ProposalKind.END_MANDATE,
            {},
            [Change("Mandate", "in force", "ended, with a final close")],
            reason=form.reason,
            done="Mandate ended",
        )

    async def _submit(
        self,
        kind: ProposalKind,
        payload: dict[str, str],
        changes: list[Change],
        *,
        reason: str,
        done: str,
    ) -> Any:
        row = self.mandate
        outcome = await perform(
            four_eyes.submit,
            kind,
            subject=f"{row.client}, {row.name}",
            subject_key=row.id,
            payload={**payload, "mandate_id": row.id},
            changes=changes,
            reason=reason,
            done=done,
        )
        if outcome.ok:
            await self.load()
        return self._settle(proposed(outcome))

    async def _load_mandate(self) -> None:
        if not self.open_id:
            return
        mandate_id, now = id_of(self.open_id), SystemClock().now()
        try:
            found = await self._read(billing_queries.accrual, mandate_id)
        except NotFound:
            self.open_id = ""
            return
        types = await self._read(billing_queries.ledger_types, mandate_id)
        self.mandate = fee_row(found)
        self.shares = [share_row(one, currency=found.currency) for one in found.accounts]
        self.types = [type_row(one, currency=found.currency) for one in types]
        signed = await self._read(mandate_queries.get, mandate_id)
        self.agreed = agreed_rows(signed)
        self.is_running = signed.ends_at is None
        if signed.terms:
            self.values = term_values(signed.terms[0])
        self.flows = flow_rows(await self._read(ledger_queries.flows, found.client_id))
        events = await event_queries.timeline(current_actor(), mandate_id)
        self.history = timeline_entries(events, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)
