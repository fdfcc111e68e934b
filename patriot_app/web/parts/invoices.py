"""Invoices as text, for the console and the portal."""

from dataclasses import dataclass, field
from datetime import datetime

from patriot_app.core.domain.invoices import InvoiceStatus
from patriot_app.core.domain.invoicing import Ageing
from patriot_app.core.domain.statement_steps import month_name
from patriot_app.core.queries.invoices import AgeingBand, CreditNoteView, InvoiceView, PaymentView
from patriot_app.web import format, routes
from patriot_app.web.format import Figure, Moment
from patriot_app.web.theme import Tone

AGES = {
    Ageing.CURRENT: "Not due yet",
    Ageing.TO_30: "1 to 30 days",
    Ageing.TO_60: "31 to 60 days",
    Ageing.TO_90: "61 to 90 days",
    Ageing.OVER_90: "Over 90 days",
}
OVERDUE = "overdue"
STATUSES: dict[str, tuple[Tone, str]] = {
    InvoiceStatus.OPEN: ("info", "Open"),
    OVERDUE: ("danger", "Overdue"),
    InvoiceStatus.PAID: ("positive", "Paid"),
    InvoiceStatus.VOID: ("neutral", "Void"),
    InvoiceStatus.UNCOLLECTIBLE: ("warning", "Given up"),
}


@dataclass(frozen=True, slots=True)
class InvoiceRow:
    """One invoice; its status is "overdue" where an open one is past its term."""

    id: str = ""
    number: str = ""
    status: str = ""
    client: str = ""
    client_id: str = ""
    mandate: str = ""
    month: str = ""
    period_id: str = ""
    amount: Figure = field(default_factory=Figure)
    paid: Figure = field(default_factory=Figure)
    credited: Figure = field(default_factory=Figure)
    owed: Figure = field(default_factory=Figure)
    due: Moment = field(default_factory=Moment)
    issued: Moment = field(default_factory=Moment)
    sent: Moment = field(default_factory=Moment)
    age: str = ""
    pdf: str = ""
    is_owed: bool = False
    is_void: bool = False


@dataclass(frozen=True, slots=True)
class MoneyRow:
    """A payment or a credit note; `pdf` is where its paper is, or empty."""

    id: str
    title: str
    detail: str
    amount: Figure
    at: Moment
    pdf: str = ""


@dataclass(frozen=True, slots=True)
class AgeRow:
    """What is owed in one band of age."""

    id: str
    age: str
    invoices: str
    owed: Figure


def age_row(one: AgeingBand) -> AgeRow:
    """Show one band of age."""
    return AgeRow(
        id=one.band.value,
        age=AGES[one.band],
        invoices=format.plural(one.invoices, "invoice"),
        owed=format.money(one.owed),
    )


def invoice_row(one: InvoiceView, *, zone: str = "UTC", now: datetime) -> InvoiceRow:
    """Show one invoice."""
    unit = one.currency
    return InvoiceRow(
        id=str(one.id),
        number=one.number,
        status=OVERDUE if one.is_overdue else one.status.value,
        client=one.client,
        client_id=str(one.client_id),
        mandate=one.mandate,
        month=month_name(one.starts_at, one.ends_at, zone=zone),
        period_id=str(one.fee_period_id),
        amount=format.money(one.amount, unit=unit),
        paid=format.money(one.paid, unit=unit),
        credited=format.money(one.credited, unit=unit),
        owed=format.money(one.outstanding, unit=unit),
        due=format.moment(one.due_at, now=now),
        issued=format.moment(one.finalised_at, now=now),
        sent=format.moment(one.sent_at, now=now),
        age=format.plural(one.days_overdue, "day") if one.days_overdue else "",
        pdf=f"{routes.INVOICE_PDF}/{one.id}.pdf",
        is_owed=one.outstanding > 0 and one.status is not InvoiceStatus.VOID,
        is_void=one.status is InvoiceStatus.VOID,
    )


def payment_row(one: PaymentView, *, unit: str, now: datetime) -> MoneyRow:
    """Show one payment."""
    return MoneyRow(
        id=str(one.id),
        title=one.reference,
        detail=f"Received on {one.received_on}, recorded by {one.recorded_by}",
        amount=format.money(one.amount, unit=unit),
        at=format.moment(one.recorded_at, now=now),
    )


def credit_row(one: CreditNoteView, *, unit: str, now: datetime) -> MoneyRow:
    """Show one credit note."""
    return MoneyRow(
        id=str(one.id),
        title=one.number,
        detail=f"{one.reason} ({one.issued_by})",
        amount=format.money(one.amount, unit=unit),
        at=format.moment(one.issued_at, now=now),
        pdf=f"{routes.CREDIT_NOTE_PDF}/{one.id}.pdf",
    )
