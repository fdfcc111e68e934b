"""Invoices: what is owed, payments, credit notes, write-offs."""

from datetime import UTC, date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pydantic
import reflex as rx

from patriot_app.core import four_eyes
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import events as event_queries
from patriot_app.core.queries import invoices as queries
from patriot_app.core.queries.invoices import InvoiceView
from patriot_app.core.services import invoice_sending, invoice_settlements
from patriot_app.web import format, live, table_export
from patriot_app.web.actions import Ask, Confirmation, DialogMixin, perform, toast
from patriot_app.web.auth import current_actor, requires
from patriot_app.web.console.invoices.details_state import InvoicingDetailsState
from patriot_app.web.format import Figure
from patriot_app.web.kit import TimelineEntry
from patriot_app.web.parts.addresses import id_of
from patriot_app.web.parts.history import timeline_entries
from patriot_app.web.parts.invoices import (
    AgeRow,
    InvoiceRow,
    MoneyRow,
    age_row,
    credit_row,
    invoice_row,
    payment_row,
)
from patriot_app.web.parts.permitted import lacking
from patriot_app.web.parts.proposing import proposed
from patriot_app.web.table_state import TableMixin

TOPICS = "billing fees"
COLUMNS: table_export.Columns[InvoiceView] = [
    *(
        (name, lambda row, name=name: getattr(row, name))
        for name in InvoiceView.__dataclass_fields__
    ),
    ("outstanding", lambda row: row.outstanding),
    ("ageing", lambda row: row.ageing.value),
]


class PaymentForm(pydantic.BaseModel):
    """Money that was received."""

    amount: Decimal
    reference: str = pydantic.Field(max_length=200)
    received_on: date


class CreditForm(pydantic.BaseModel):
    """What is to be taken back."""

    amount: Decimal
    reason: str = pydantic.Field(max_length=500)


class InvoicesState(TableMixin, DialogMixin, rx.State):
    """The invoices, what is owed in all and the open one."""

    rows: list[InvoiceRow] = []
    owed: Figure = Figure()
    overdue: Figure = Figure()
    open_count: str = ""
    overdue_count: str = ""
    books: dict[str, Figure] = {}
    invoice: InvoiceRow = InvoiceRow()
    payments: list[MoneyRow] = []
    credits: list[MoneyRow] = []
    history: list[TimelineEntry] = []
    today: str = ""
    ages: list[AgeRow] = []
    blocked_payment: str = ""
    blocked_sending: str = ""
    blocked_correction: str = ""

    _filter_names = ("status", "overdue", "ageing", "sent", "client_id", "mandate_id")

    @rx.event
    @requires(Permission.FEES_READ)
    async def enter(self) -> Any:
        """Arrive at the page: the list first, then what stands beside it."""
        await self.load()
        return InvoicingDetailsState.load

    @rx.event
    @requires(Permission.FEES_READ)
    async def load(self) -> None:
        """Show what the address asks for."""
        self._read_address()
        self.blocked_payment = lacking(Permission.FEES_COLLECT)
        self.blocked_correction = lacking(Permission.FEES_FINALISE)
        self.blocked_sending = lacking(Permission.FEES_SEND)
        try:
            page = await self._read(queries.page, self._page_request())
            now = SystemClock().now()
            self.today = now.astimezone(UTC).date().isoformat()
            self._accept(page, [invoice_row(one, now=now) for one in page.items])
            totals = await self._read(queries.totals)
            self.owed, self.overdue = format.money(totals.owed), format.money(totals.overdue_amount)
            self.open_count = format.plural(totals.open, "open invoice")
            self.overdue_count = format.plural(totals.overdue, "invoice")
            bands = await self._read(queries.ageing_bands) if totals.open else ()
            self.ages = [age_row(one) for one in bands]
            balances = await self._read(queries.balances)
            self.books = {
                account: format.money(abs(balances.get(account, Decimal(0))))
                for account in ("accrued_fees", "receivable", "payments", "fee_revenue")
            }
            await self._load_invoice()
        except Exception as error:
            self._reject(error)

    @rx.event
    @requires(Permission.FEES_READ)
    async def export(self) -> Any:
        """Save the filtered invoices as CSV."""
        text = await table_export.as_csv(
            queries.page, current_actor(), self._page_request(), COLUMNS
        )
        return table_export.download(text, name="invoices", now=SystemClock().now())

    @rx.event
    @requires(Permission.FEES_COLLECT)
    def open_payment(self) -> None:
        """Let a payment of the open invoice be entered."""
        self._open_form("payment")

    @rx.event
    @requires(Permission.FEES_COLLECT, PaymentForm)
    async def record_payment(self, form: PaymentForm) -> Any:
        """Record a payment of the open invoice."""
        if self.form != "payment" or not self.invoice.id:
            return None
        outcome = await perform(
            invoice_settlements.record_payment,
            UUID(self.invoice.id),
            amount=form.amount,
            reference=form.reference,
            received_on=form.received_on,
            done="Payment recorded",
        )
        await self.load()
        return self._settle(outcome)

    @rx.event
    @requires(Permission.FEES_SEND)
    async def send(self) -> Any:
        """Send the open invoice to its client, for the first time or again."""
        if not self.invoice.id:
            return None
        outcome = await perform(
            invoice_sending.send,
            UUID(self.invoice.id),
            done=f"Invoice {self.invoice.number} is on its way to {self.invoice.client}",
        )
        await self.load()
        return toast(outcome)

    @rx.event
    @requires(Permission.FEES_FINALISE)
    def open_credit(self) -> None:
        """Let a credit note for the open invoice be entered."""
        self._open_form("credit")

    @rx.event
    @requires(Permission.FEES_FINALISE, CreditForm)
    async def credit(self, form: CreditForm) -> Any:
        """Propose a credit note for the open invoice."""
        if self.form != "credit" or not self.invoice.id:
            return None
        amount = format.money(form.amount)
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.CREDIT_INVOICE,
            subject=f"Invoice {self.invoice.number}",
            subject_key=self.invoice.id,
            payload={"invoice": self.invoice.id, "amount": str(form.amount)},
            changes=[Change("Taken back", self.invoice.credited.text, f"{amount.text} more")],
            reason=form.reason,
            done="Credit note issued",
        )
        await self.load()
        return self._settle(proposed(outcome))

    @rx.event
    @requires(Permission.FEES_FINALISE)
    def ask_write_off(self) -> None:
        """Ask before what is owed is given up."""
        row = self.invoice
        if row.id and row.is_owed:
            self._ask(
                Ask(
                    act="write_off",
                    subject=row.id,
                    title=f"Write off invoice {row.number}?",
                    consequence=f"{row.owed.text} {row.owed.unit} are given up and leave what is"
                    " owed. A payment that comes after all is taken.",
                    confirm_label="Write off",
                )
            )

    @rx.event
    @requires(Permission.FEES_FINALISE, Confirmation)
    async def write_off(self, form: Confirmation) -> Any:
        """Propose to give up what was asked about."""
        if self.ask.act != "write_off" or not self._confirmed(form):
            return None
        outcome = await perform(
            four_eyes.submit,
            ProposalKind.WRITE_OFF_INVOICE,
            subject=f"Invoice {self.invoice.number}",
            subject_key=self.ask.subject,
            payload={"invoice": self.ask.subject},
            changes=[Change("Given up", "", f"{self.invoice.owed.text} {self.invoice.owed.unit}")],
            reason=form.reason,
            done="Invoice written off",
        )
        await self.load()
        return self._settle(proposed(outcome))

    async def _load_invoice(self) -> None:
        invoice_id = id_of(self.open_id)
        if invoice_id is None:
            self.open_id = ""
            return
        try:
            found = await self._read(queries.get, invoice_id)
        except NotFound:
            self.open_id = ""
            return
        now, unit = SystemClock().now(), found.invoice.currency
        self.invoice = invoice_row(found.invoice, now=now)
        self.payments = [payment_row(one, unit=unit, now=now) for one in found.payments]
        self.credits = [credit_row(one, unit=unit, now=now) for one in found.credit_notes]
        events = await event_queries.timeline(current_actor(), invoice_id)
        self.history = timeline_entries(events, now=now)

    async def _read(self, query: Any, *args: Any) -> Any:
        actor = current_actor()
        return await live.shared(live.scope_of(actor), TOPICS, query, actor, *args)
