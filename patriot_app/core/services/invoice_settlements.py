"""What becomes of an invoice: payments, credit notes, write-offs, each booked as it is made."""

from datetime import UTC, date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert

from patriot_app.core.db import fee_shares, journal, number_series
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import (
    CreditNoteIssued,
    InvoiceWrittenOff,
    PartnerCredited,
    PaymentRecorded,
)
from patriot_app.core.domain.fee_shares import received
from patriot_app.core.domain.invoice_documents import thawed
from patriot_app.core.domain.invoices import (
    FEE_PERIOD_TRANSITIONS,
    TRANSITIONS,
    FeePeriodStatus,
    InvoiceStatus,
    after_credit,
    after_payment,
    credit_note_number,
    outstanding,
)
from patriot_app.core.domain.journal import EntryKind
from patriot_app.core.domain.money import CENT
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.billing import CreditNote, FeePeriod, Invoice, Payment
from patriot_app.core.schema.mandates import Mandate
from patriot_app.core.unit_of_work import UnitOfWork

REFERENCE_LENGTH_MAX = 120
_LATER = text(
    """
    UPDATE fee_periods SET status_reason = :reason
     WHERE mandate_id = :mandate_id AND starts_at > :starts_at AND status = 'finalised'
    """
)


async def record_payment(
    uow: UnitOfWork, invoice_id: UUID, *, amount: Decimal, reference: str, received_on: date
) -> None:
    """Book money received for an invoice, a part of it or the rest.

    Args:
        reference: of the bank or chain; the same one twice is refused.

    Raises:
        Invalid: fields "amount", "reference", "received_on"; Refused: more than is owed, or the
            reference stands already; NotFound.
    """
    _check_payment(amount, reference, received_on, today=uow.now.astimezone(UTC).date())
    invoice = await get_for_update(uow.session, Invoice, invoice_id)
    was_given_up = invoice.status is InvoiceStatus.UNCOLLECTIBLE
    status = after_payment(
        invoice.status,
        amount=invoice.amount,
        paid=invoice.paid,
        payment=amount,
        credited=invoice.credited,
    )
    entered = await uow.session.execute(
        insert(Payment)
        .values(
            id=new_id(),
            invoice_id=invoice_id,
            amount=amount,
            reference=reference.strip(),
            received_on=received_on,
            recorded_by=uow.actor.name,
        )
        .on_conflict_do_nothing()
        .returning(Payment.id)
    )
    if entered.first() is None:
        raise Refused(
            f"Payment {reference.strip()} of invoice {invoice.number} is recorded already"
        )
    invoice.status = advance(TRANSITIONS, invoice.status, status)
    invoice.paid += amount
    await uow.session.flush()
    await _book(uow, EntryKind.PAYMENT, amount, invoice, was_given_up=was_given_up)
    mandate = await _mandate(uow, invoice)
    uow.record(
        PaymentRecorded(
            client_id=mandate.client_id,
            subject=invoice_id,
            number=invoice.number,
            amount=amount,
            reference=reference.strip(),
            outstanding=outstanding(
                amount=invoice.amount, paid=invoice.paid, credited=invoice.credited
            ),
        )
    )
    uow.touch("fees", "billing")


async def credit(uow: UnitOfWork, invoice_id: UUID, *, amount: Decimal, reason: str) -> str:
    """Take back a part of an invoice, or all of it; return the credit note's number.

    All of it voids the invoice: the mark falls to what it was, the period is computed anew, and
    later months that were finalised are marked as to be looked at.

    Raises:
        Invalid: no reason or amount; Refused: more than is left of it; NotFound.
    """
    need_reason(reason)
    _check_amount(amount)
    invoice = await get_for_update(uow.session, Invoice, invoice_id)
    status = after_credit(
        invoice.status,
        amount=invoice.amount,
        paid=invoice.paid,
        credited=invoice.credited,
        credit=amount,
    )
    year = uow.now.astimezone(UTC).year
    (place,) = await number_series.take(uow.session, f"credit-note-{year}", 1)
    number = credit_note_number(year=year, place=place)
    uow.session.add(
        CreditNote(
            id=new_id(),
            invoice_id=invoice_id,
            number=number,
            amount=amount,
            reason=reason.strip(),
            issued_by=uow.actor.name,
        )
    )
    was_given_up = invoice.status is InvoiceStatus.UNCOLLECTIBLE
    invoice.status = advance(TRANSITIONS, invoice.status, status)
    invoice.credited += amount
    await uow.session.flush()
    await _book(uow, EntryKind.CREDIT_NOTE, amount, invoice, was_given_up=was_given_up)
    if status is InvoiceStatus.VOID:
        await _void_period(uow, invoice)
    mandate = await _mandate(uow, invoice)
    uow.record(
        CreditNoteIssued(
            client_id=mandate.client_id,
            subject=invoice_id,
            number=number,
            invoice=invoice.number,
            amount=amount,
            reason=reason.strip(),
        )
    )
    uow.touch("fees", "billing")
    return number


async def write_off(uow: UnitOfWork, invoice_id: UUID, *, reason: str) -> None:
    """Give up what is still owed; a later payment is taken all the same.

    Raises:
        Invalid: no reason; Refused: nothing is owed, or it was given up before; NotFound.
    """
    need_reason(reason)
    invoice = await get_for_update(uow.session, Invoice, invoice_id)
    owed = outstanding(amount=invoice.amount, paid=invoice.paid, credited=invoice.credited)
    if invoice.status is not InvoiceStatus.OPEN or owed <= 0:
        raise Refused(
            f"Invoice {invoice.number} is {invoice.status}: there is nothing to write off"
        )
    invoice.status = advance(TRANSITIONS, invoice.status, InvoiceStatus.UNCOLLECTIBLE)
    await uow.session.flush()
    await journal.post(uow.session, [_booking(EntryKind.WRITE_OFF, owed, invoice)])
    mandate = await _mandate(uow, invoice)
    uow.record(
        InvoiceWrittenOff(
            client_id=mandate.client_id,
            subject=invoice_id,
            number=invoice.number,
            amount=owed,
            reason=reason.strip(),
        )
    )
    uow.touch("fees", "billing")


def _booking(kind: EntryKind, amount: Decimal, invoice: Invoice) -> journal.Booking:
    return journal.Booking(
        kind=kind,
        amount=amount,
        currency=invoice.currency,
        mandate_id=invoice.mandate_id,
        fee_period_id=invoice.fee_period_id,
        invoice_id=invoice.id,
    )


async def _book(
    uow: UnitOfWork, kind: EntryKind, amount: Decimal, invoice: Invoice, *, was_given_up: bool
) -> None:
    """Book what settles a part of an invoice, and what partners get of it or give back.

    What had been given up of it is owed again first.
    """
    bookings = [_booking(kind, amount, invoice)]
    if was_given_up:
        bookings.insert(0, _booking(EntryKind.WRITE_OFF, -amount, invoice))
    await journal.post(uow.session, bookings)
    shared = await fee_shares.settle(
        uow.session,
        thawed(invoice.document),
        kept=received(amount=invoice.amount, paid=invoice.paid, credited=invoice.credited),
        entry=bookings[-1],
    )
    for one in shared:
        uow.record(
            PartnerCredited(
                subject=invoice.id,
                partner=one.partner,
                number=invoice.number,
                amount=one.amount,
                currency=invoice.currency,
            )
        )


async def _void_period(uow: UnitOfWork, invoice: Invoice) -> None:
    period = await get_for_update(uow.session, FeePeriod, invoice.fee_period_id)
    period.status = advance(FEE_PERIOD_TRANSITIONS, period.status, FeePeriodStatus.VOIDED)
    period.status_reason = f"Invoice {invoice.number} was taken back"
    await uow.session.flush()
    await uow.session.execute(
        _LATER,
        {
            "reason": f"Invoice {invoice.number} of an earlier month was taken back",
            "mandate_id": invoice.mandate_id,
            "starts_at": period.starts_at,
        },
    )


async def _mandate(uow: UnitOfWork, invoice: Invoice) -> Mandate:
    return (
        await uow.session.scalars(select(Mandate).where(Mandate.id == invoice.mandate_id))
    ).one()


def _check_amount(amount: Decimal) -> None:
    if amount <= 0 or amount != amount.quantize(CENT):
        raise Invalid({"amount": "Give an amount above 0, to the cent"})


def _check_payment(amount: Decimal, reference: str, received_on: date, *, today: date) -> None:
    _check_amount(amount)
    if not 1 <= len(reference.strip()) <= REFERENCE_LENGTH_MAX:
        raise Invalid(
            {"reference": f"Give the payment's reference, 1 to {REFERENCE_LENGTH_MAX} characters"}
        )
    if received_on > today:
        raise Invalid({"received_on": "This day has not come yet"})
