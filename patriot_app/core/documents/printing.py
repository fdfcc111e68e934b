"""Invoices, credit notes and statements on paper: figures and words are those of their pages."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from patriot_app.core.documents.paper import Line, Paper
from patriot_app.core.domain import figures
from patriot_app.core.domain.invoice_documents import InvoiceDocument, Issuer
from patriot_app.core.domain.invoices import FeePeriodStatus, InvoiceStatus
from patriot_app.core.domain.statement_returns import return_steps, why_they_differ
from patriot_app.core.domain.statement_steps import (
    Step,
    StepKind,
    bridge_steps,
    days,
    fee_steps,
    month_name,
    value_notes,
)
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.fee_periods import Statement
from patriot_app.core.queries.invoices import CreditNoteView, InvoiceDetail

PRO_FORMA, DRAFT, VOID = "PRO FORMA", "DRAFT", "VOID"


def invoice(detail: InvoiceDetail) -> bytes:
    """Print an invoice as it was issued; once it is taken back it says so across the page."""
    one, document = detail.invoice, detail.document
    paper = Paper(
        f"Invoice {one.number}",
        made_at=one.finalised_at,
        watermark=VOID if one.status is InvoiceStatus.VOID else "",
        footer_text=f"Invoice {one.number}",
    )
    paper.title_line(f"Invoice {one.number}", below=_month(document))
    _parties(paper, document)
    paper.lines(
        [
            Line("Issued on", _day(one.finalised_at)),
            Line("Due on", _day(one.due_at)),
            Line("Amount due", f"{figures.grouped(one.amount)} {one.currency}"),
        ]
    )
    paper.heading("How the fee comes about")
    paper.lines(_lines(fee_steps(document.fee), unit=one.currency))
    if document.issuer.payment_instructions:
        paper.heading("How to pay")
        paper.paragraph(document.issuer.payment_instructions)
    paper.paragraph(f"Please name {one.number} with your payment.")
    return paper.printed()


def credit_note(detail: InvoiceDetail, note: CreditNoteView) -> bytes:
    """Print a credit note with the invoice that it takes back or lowers."""
    one, document = detail.invoice, detail.document
    paper = Paper(
        f"Credit note {note.number}",
        made_at=note.issued_at,
        footer_text=f"Credit note {note.number}",
    )
    paper.title_line(f"Credit note {note.number}", below=_month(document))
    _parties(paper, document)
    paper.lines(
        [
            Line("Issued on", _day(note.issued_at)),
            Line("For invoice", one.number),
            Line("Amount of the invoice", _money(one.amount, one.currency)),
            Line("Taken back", _money(note.amount, one.currency)),
        ]
    )
    paper.heading("Reason")
    paper.paragraph(note.reason)
    return paper.printed()


def statement(found: Statement, *, issuer: Issuer) -> bytes:
    """Print the statement of a month.

    Args:
        issuer: as it is now; a final statement names who issued it then.

    Raises:
        NotFound: the month is held, so that there is none yet.
    """
    one, told = found.period, found.evidence
    if told is None:
        raise NotFound("This month has no statement yet")
    issuer = found.issuer or issuer
    name = month_name(one.starts_at, one.ends_at, zone=one.time_zone)
    is_settled = one.status in {FeePeriodStatus.FINALISED, FeePeriodStatus.EMPTY}
    paper = Paper(
        f"Statement {name}",
        made_at=one.finalised_at or one.ends_at,
        watermark=PRO_FORMA if not one.is_billable else "" if is_settled else DRAFT,
        footer_text=f"Statement {name}",
    )
    paper.title_line(
        f"Statement {name}",
        below=f"{one.mandate} · {days(one.starts_at, one.ends_at, zone=one.time_zone)}",
    )
    paper.lines(
        [
            *([Line("From", issuer.name)] if issuer.name else []),
            Line("For", one.client),
            *([Line("Invoice", one.invoice)] if one.invoice else []),
        ]
    )
    if not one.is_billable:
        paper.paragraph("Pro forma: not every account is live, so nothing is ever charged.")
    paper.heading("How the fee comes about")
    paper.lines(_lines(fee_steps(one.fee_figures), unit=one.currency))
    paper.heading("From opening to closing equity")
    paper.lines(_lines(bridge_steps(told), unit=one.currency))
    if why := why_they_differ(told):
        paper.heading("Return and profit")
        paper.lines(_lines(return_steps(told), unit=one.currency))
        paper.paragraph(why)
    _accounts(paper, told)
    return paper.printed()


def _accounts(paper: Paper, told: Mapping[str, Any]) -> None:
    paper.heading("Accounts, netted")
    paper.grid(
        ("Account", "Exchange", "Opening", "Closing", "Ledger rows"),
        [
            (
                each["label"],
                each["exchange"],
                figures.grouped(Decimal(each["opening_equity"])),
                figures.grouped(Decimal(each["closing_equity"])),
                str(each["rows"]),
            )
            for each in told["accounts"]
        ],
        widths=(30, 15, 20, 20, 15),
    )
    for note in value_notes(told):
        paper.paragraph(note)
    paper.heading("Proof")
    paper.paragraph("SHA-256 of each account's ledger rows of the month.", is_small=True)
    for each in told["accounts"]:
        paper.paragraph(f"{each['label']}: {each['digest']}", is_small=True)


def _parties(paper: Paper, document: InvoiceDocument) -> None:
    issuer = document.issuer
    if issuer.name:
        paper.paragraph("From")
        told = (issuer.name, issuer.address, issuer.tax_id and f"Tax id {issuer.tax_id}")
        paper.paragraph("\n".join(text for text in told if text))
        paper.ln(2)
    paper.paragraph("For")
    paper.paragraph(f"{document.recipient}\n{document.mandate}")
    paper.ln(3)


def _month(document: InvoiceDocument) -> str:
    span = (document.starts_at, document.ends_at)
    zone = document.time_zone
    return f"{month_name(*span, zone=zone)} · {days(*span, zone=zone)}"


def _lines(steps: Sequence[Step], *, unit: str) -> list[Line]:
    return [
        Line(step.label, f"{step.text} {'%' if step.kind is StepKind.RATE else unit}", step.note)
        for step in steps
    ]


def _money(amount: Decimal, unit: str) -> str:
    return f"{figures.grouped(amount)} {unit}"


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
