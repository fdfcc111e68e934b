"""Invoices with what was paid and taken back, and the balances of the books."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.invoices import InvoiceStatus
from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_OWED = "i.amount - i.paid - i.credited"
_IS_OVERDUE = f"(i.status = 'open' AND i.due_at <= now() AND {_OWED} > 0)"
_COLUMNS = (
    "i.id, i.number, i.status, i.currency, i.amount, i.paid, i.credited, i.finalised_at, i.due_at,"
    f" {_IS_OVERDUE} AS is_overdue, i.mandate_id, m.name, m.client_id, u.name, i.fee_period_id,"
    " p.starts_at, p.ends_at"
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
        "client_id": "m.client_id = :client_id",
        "mandate_id": "i.mandate_id = :mandate_id",
    },
    search="i.number ILIKE :pattern OR u.name ILIKE :pattern OR m.name ILIKE :pattern"
    " OR i.id::text = :search",
    default="i.number DESC",
    newest="number",
)
_ONE = text(f"SELECT {_COLUMNS} FROM {_SOURCE} WHERE i.id = :id")  # noqa: S608
_PAYMENTS = text(
    "SELECT id, amount, reference, received_on, recorded_by, created_at FROM payments"
    " WHERE invoice_id = :id ORDER BY received_on, created_at, id"
)
_CREDITS = text(
    "SELECT id, number, amount, reason, issued_by, created_at FROM credit_notes"
    " WHERE invoice_id = :id ORDER BY number"
)
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
        outstanding: still owed; negative: owed to the client.
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
    mandate_id: UUID
    mandate: str
    client_id: UUID
    client: str
    fee_period_id: UUID
    starts_at: datetime
    ends_at: datetime

    @property
    def outstanding(self) -> Decimal:
        return self.amount - self.paid - self.credited


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
class InvoiceDetail:
    """An invoice with what became of it, oldest first."""

    invoice: InvoiceView
    payments: tuple[PaymentView, ...]
    credit_notes: tuple[CreditNoteView, ...]


@dataclass(frozen=True, slots=True)
class InvoiceTotals:
    """What all clients owe, in USDT."""

    open: int
    owed: Decimal
    overdue: int
    overdue_amount: Decimal


async def page(actor: Actor, request: PageRequest) -> Page[InvoiceView]:
    """Return one page of invoices, the newest first; a client sees his own.

    Filters: status, overdue ("yes" or "no"), client_id, mandate_id. Search: number, client, mandate.
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
        return InvoiceDetail(
            _view(row),
            tuple(build(PaymentView, one) for one in payments),
            tuple(build(CreditNoteView, one) for one in credits),
        )


async def totals(actor: Actor) -> InvoiceTotals:
    """Return what is owed in all, and how much of it is overdue; for the desk."""
    async with desk_reading(actor) as session:
        return build(InvoiceTotals, (await session.execute(_TOTALS)).one())


async def balances(actor: Actor) -> dict[str, Decimal]:
    """Return the balance of every account of the books; they add up to zero. For the desk."""
    async with desk_reading(actor) as session:
        return {row[0]: row[1] for row in await session.execute(_BALANCES)}


def _view(row: Sequence[Any]) -> InvoiceView:
    values = dict(zip(InvoiceView.__dataclass_fields__, row, strict=True))
    return InvoiceView(**{**values, "status": InvoiceStatus(values["status"])})
