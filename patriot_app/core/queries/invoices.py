"""Invoices with what was paid and taken back, and the balances of the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.invoice_documents import InvoiceDocument, thawed
from patriot_app.core.domain.invoices import InvoiceStatus
from patriot_app.core.domain.invoicing import AGEING_DAYS, Ageing, ageing
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_OWED = "i.amount - i.paid - i.credited"
_IS_OVERDUE = f"(i.status = 'open' AND i.due_at <= now() AND {_OWED} > 0)"
# Begun days since it was due, as `invoicing.days_overdue` counts them.
_DAYS = (
    f"CASE WHEN {_IS_OVERDUE}"
    " THEN floor(extract(epoch FROM now() - i.due_at) / 86400)::integer + 1 ELSE 0 END"
)
_BAND = (
    f"CASE WHEN NOT {_IS_OVERDUE} THEN '{Ageing.CURRENT}'"
    + "".join(f" WHEN {_DAYS} <= {last} THEN '{band}'" for band, last in AGEING_DAYS)
    + f" ELSE '{Ageing.OVER_90}' END"
)
_COLUMNS = (
    "i.id, i.number, i.status, i.currency, i.amount, i.paid, i.credited, i.finalised_at, i.due_at,"
    f" {_IS_OVERDUE} AS is_overdue, {_DAYS} AS days_overdue, i.mandate_id, m.name, m.client_id, u.name, i.fee_period_id,"
    " p.starts_at, p.ends_at, m.time_zone, i.sent_at"
)
_SOURCE = (
    "invoices AS i JOIN mandates AS m ON m.id = i.mandate_id JOIN users AS u ON u.id = m.client_id"
    " JOIN fee_periods AS p ON p.id = i.fee_period_id"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    sorts={
        "number": "i.number",
        "client": "u.name",
        "amount": "i.amount",
        "owed": _OWED,
        "due_at": "i.due_at",
        "status": "i.status",
    },
    filters={
        "status": "i.status = :status",
        "overdue": f"{_IS_OVERDUE} = (:overdue = 'yes')",
        "ageing": f"i.status = 'open' AND {_BAND} = :ageing",
        "sent": "(i.sent_at IS NOT NULL) = (:sent = 'yes')",
        "client_id": "m.client_id = :client_id",
        "mandate_id": "i.mandate_id = :mandate_id",
    },
    search="i.number ILIKE :pattern OR u.name ILIKE :pattern OR m.name ILIKE :pattern"
    " OR i.id::text = :search",
    default="i.number DESC",
    newest="number",
)
_ONE = text(f"SELECT {_COLUMNS}, i.document FROM {_SOURCE} WHERE i.id = :id")  # noqa: S608
_PAYMENTS = text(
    "SELECT id, amount, reference, received_on, recorded_by, created_at FROM payments"
    " WHERE invoice_id = :id ORDER BY received_on, created_at, id"
)
_CREDITS = text(
    "SELECT id, number, amount, reason, issued_by, created_at FROM credit_notes"
    " WHERE invoice_id = :id ORDER BY number"
)
_AGEING = text(
    f"SELECT {_BAND} AS band, count(*) AS invoices, sum({_OWED}) AS owed FROM invoices AS i"  # noqa: S608
    f" WHERE i.status = 'open' AND {_OWED} > 0 GROUP BY 1"
)
_REMINDERS = text(
    "SELECT days, created_at FROM invoice_reminders WHERE invoice_id = :id ORDER BY days"
)
_OF_CREDIT = text("SELECT invoice_id FROM credit_notes WHERE id = :id")
_BALANCES = text("SELECT account, sum(amount) FROM journal_lines GROUP BY account ORDER BY account")
_TOTALS = text(
    f"""
    SELECT count(*) FILTER (WHERE i.status = 'open') AS open,
           coalesce(sum({_OWED}) FILTER (WHERE i.status = 'open'), 0) AS owed,
           count(*) FILTER (WHERE {_IS_OVERDUE}) AS overdue,
           coalesce(sum({_OWED}) FILTER (WHERE {_IS_OVERDUE}), 0) AS overdue_amount
      FROM invoices AS i
    """  # noqa: S608
)


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """One invoice; due_at is wall time.

    Attributes:
        days_overdue: begun days since it was due; 0 unless it is overdue.
        outstanding: still owed; negative: owed to the client.
        sent_at: when the client was last told by e-mail.
    """

    id: UUID
    number: str
    status: InvoiceStatus
    currency: str
    amount: Decimal
    paid: Decimal
    credited: Decimal
    finalised_at: datetime
    due_at: datetime
    is_overdue: bool
    days_overdue: int
    mandate_id: UUID
    mandate: str
    client_id: UUID
    client: str
    fee_period_id: UUID
    starts_at: datetime
    ends_at: datetime
    time_zone: str
    sent_at: datetime | None

    @property
    def outstanding(self) -> Decimal:
        return self.amount - self.paid - self.credited

    @property
    def ageing(self) -> Ageing:
        """For how long it has been due."""
        return ageing(self.days_overdue)


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money received for an invoice."""

    id: UUID
    amount: Decimal
    reference: str
    received_on: date
    recorded_by: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class CreditNoteView:
    """What was taken back of an invoice."""

    id: UUID
    number: str
    amount: Decimal
    reason: str
    issued_by: str
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class ReminderView:
    """A client was reminded so many days after it was due."""

    days: int
    reminded_at: datetime


@dataclass(frozen=True, slots=True)
class AgeingBand:
    """What is owed in one band of age, in USDT."""

    band: Ageing
    invoices: int
    owed: Decimal


@dataclass(frozen=True, slots=True)
class InvoiceDetail:
    """An invoice with what is printed on it and what became of it, oldest first."""

    invoice: InvoiceView
    document: InvoiceDocument
    payments: tuple[PaymentView, ...]
    credit_notes: tuple[CreditNoteView, ...]
    reminders: tuple[ReminderView, ...] = ()


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """What all clients owe, in USDT."""

    open: int
    owed: Decimal
    overdue: int
    overdue_amount: Decimal


async def page(actor: Actor, request: PageRequest) -> Page[InvoiceView]:
    """Return one page of invoices, the newest first; a client sees his own.

    Filters: status, overdue and sent ("yes" or "no"), ageing, client_id, mandate_id. Search: number,
    client, mandate.
    """
    async with reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(_view(row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, invoice_id: UUID) -> InvoiceDetail:
    """Return one invoice.

    Raises:
        NotFound: there is none, or it is another's.
    """
    bound = {"id": invoice_id}
    async with reading(actor) as session:
        row = (await session.execute(_ONE, bound)).one_or_none()
        if row is None:
            raise NotFound(f"There is no invoice {invoice_id}")
        payments = await session.execute(_PAYMENTS, bound)
        credits = await session.execute(_CREDITS, bound)
        reminders = await session.execute(_REMINDERS, bound)
        return InvoiceDetail(
            _view(row[:-1]),
            thawed(row.document),
            tuple(build(PaymentView, one) for one in payments),
            tuple(build(CreditNoteView, one) for one in credits),
            tuple(build(ReminderView, one) for one in reminders),
        )


async def of_credit_note(actor: Actor, credit_note_id: UUID) -> InvoiceDetail:
    """Return the invoice that a credit note belongs to.

    Raises:
        NotFound: there is no such credit note, or it is another's.
    """
    async with reading(actor) as session:
        found = await session.execute(_OF_CREDIT, {"id": credit_note_id})
        invoice_id = found.scalar_one_or_none()
    if invoice_id is None:
        raise NotFound(f"There is no credit note {credit_note_id}")
    return await get(actor, invoice_id)


async def totals(actor: Actor) -> InvoiceTotals:
    """Return what is owed in all, and how much of it is overdue; for the desk."""
    async with desk_reading(actor) as session:
        return build(InvoiceTotals, (await session.execute(_TOTALS)).one())


async def ageing_bands(actor: Actor) -> tuple[AgeingBand, ...]:
    """Return what is owed by age, every band, the youngest first; for the desk."""
    async with desk_reading(actor) as session:
        found = {row.band: row for row in await session.execute(_AGEING)}
    return tuple(
        AgeingBand(band, found[band].invoices, found[band].owed)
        if band in found
        else AgeingBand(band, 0, Decimal(0))
        for band in Ageing
    )


async def balances(actor: Actor) -> dict[str, Decimal]:
    """Return the balance of every account of the books; they add up to zero. For the desk."""
    async with desk_reading(actor) as session:
        return {row[0]: row[1] for row in await session.execute(_BALANCES)}


def _view(row: Sequence[Any]) -> InvoiceView:
    values = dict(zip(InvoiceView.__dataclass_fields__, row, strict=True))
    return InvoiceView(**{**values, "status": InvoiceStatus(values["status"])})
