"""Finalise months: the mark rises, and live money gets an invoice (FEES.md).

An invoice begins here and never changes; what becomes of it is told in `invoice_settlements`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, timedelta
from decimal import Decimal
from uuid import UUID

from sqlalchemy import select

from patriot_app.core.db import invoicing_terms, journal, number_series
from patriot_app.core.domain import invoice_notices
from patriot_app.core.domain.events import (
    FeePeriodFinalised,
    InvoiceIssued,
)
from patriot_app.core.domain.invoice_documents import InvoiceDocument, frozen, thawed
from patriot_app.core.domain.invoices import (
    FEE_PERIOD_TRANSITIONS,
    FeePeriodStatus,
    InvoiceStatus,
    invoice_number,
)
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.domain.journal import EntryKind
from patriot_app.core.domain.money import CENT
from patriot_app.core.domain.statement_steps import FeeFigures, month_name
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.billing import FeePeriod, Invoice
from patriot_app.core.schema.mandates import Mandate
from patriot_app.core.schema.users import User
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Finalised:
    """What a run made final.

    Attributes:
        invoices: numbers in order; pro forma periods have none.
    """

    periods: int
    invoices: tuple[str, ...]


async def finalise(uow: UnitOfWork, fees: Mapping[UUID, Decimal]) -> Finalised:
    """Finalise drafts: invoices with gapless numbers for live money, pro forma for the rest.

    A period that is final already is passed over, so that doing it twice does it once.

    Args:
        fees: by period, as whoever decided saw them.

    Raises:
        Refused: one of them is held, has no fee, was taken back or has another fee by now.
    """
    drafts = await _drafts(uow, fees)
    terms = await invoicing_terms.current(uow.session)
    names = await _names(uow, drafts)
    year = uow.now.astimezone(UTC).year
    places = await number_series.take(
        uow.session, f"invoice-{year}", sum(one.is_billable for one, _ in drafts)
    )
    issued: list[tuple[Invoice, Mandate]] = []
    for period, mandate in drafts:
        number = ""
        if period.is_billable:
            number = invoice_number(year=year, place=places.pop(0))
            document = _document(terms, period, mandate, names[mandate.client_id])
            issued.append((_invoice(uow, number, terms, document, period, mandate), mandate))
        period.status = advance(FEE_PERIOD_TRANSITIONS, period.status, FeePeriodStatus.FINALISED)
        period.finalised_at = uow.now
        period.issuer = asdict(terms.issuer)
        _tell_finalised(uow, period, mandate, number)
    uow.session.add_all([invoice for invoice, _ in issued])
    await uow.session.flush()
    await journal.post(
        uow.session,
        [
            journal.Booking(
                kind=EntryKind.INVOICE,
                amount=invoice.amount,
                currency=invoice.currency,
                mandate_id=invoice.mandate_id,
                fee_period_id=invoice.fee_period_id,
                invoice_id=invoice.id,
            )
            for invoice, _ in issued
        ],
    )
    for invoice, mandate in issued:
        _tell_issued(uow, invoice, mandate)
        if terms.is_sent_at_once:
            _send(uow, invoice, mandate)
    uow.touch("fees", "billing")
    return Finalised(len(drafts), tuple(invoice.number for invoice, _ in issued))


async def _drafts(uow: UnitOfWork, fees: Mapping[UUID, Decimal]) -> list[tuple[FeePeriod, Mandate]]:
    """Return the drafts among the periods in a fixed order, locked."""
    rows = (
        await uow.session.execute(
            select(FeePeriod, Mandate)
            .join(Mandate, Mandate.id == FeePeriod.mandate_id)
            .where(FeePeriod.id.in_(fees))
            .order_by(FeePeriod.starts_at, FeePeriod.id)
            .with_for_update(of=FeePeriod)
        )
    ).all()
    drafts = []
    for period, mandate in rows:
        if period.status is FeePeriodStatus.FINALISED:
            continue
        if period.status is not FeePeriodStatus.DRAFT:
            why = period.status_reason or f"it is {period.status}"
            raise Refused(f"{mandate.name}, {period.starts_at:%B %Y} cannot be finalised: {why}")
        if period.fee != fees[period.id]:
            raise Refused(
                f"{mandate.name}, {period.starts_at:%B %Y} has another fee by now:"
                f" {period.fee:.2f} instead of {fees[period.id]:.2f}. Please look again"
            )
        drafts.append((period, mandate))
    return drafts


async def _names(uow: UnitOfWork, drafts: Sequence[tuple[FeePeriod, Mandate]]) -> dict[UUID, str]:
    wanted = {mandate.client_id for _, mandate in drafts}
    rows = await uow.session.execute(select(User.id, User.name).where(User.id.in_(wanted)))
    return {row.id: row.name for row in rows}


def _document(
    terms: InvoicingTerms, period: FeePeriod, mandate: Mandate, recipient: str
) -> InvoiceDocument:
    return InvoiceDocument(
        issuer=terms.issuer,
        recipient=recipient,
        mandate=mandate.name,
        time_zone=mandate.time_zone,
        starts_at=period.starts_at,
        ends_at=period.ends_at,
        fee=FeeFigures(
            period.net_profit,
            period.high_water_mark_before,
            period.base,
            period.rate,
            period.fee,
            period.high_water_mark_after,
        ),
    )


def _invoice(
    uow: UnitOfWork,
    number: str,
    terms: InvoicingTerms,
    document: InvoiceDocument,
    period: FeePeriod,
    mandate: Mandate,
) -> Invoice:
    assert period.fee is not None
    return Invoice(
        id=new_id(),
        mandate_id=mandate.id,
        fee_period_id=period.id,
        number=number,
        status=InvoiceStatus.OPEN,
        currency=mandate.currency,
        amount=period.fee.quantize(CENT),
        paid=Decimal(0),
        credited=Decimal(0),
        finalised_at=uow.now,
        due_at=uow.now + timedelta(days=terms.payment_term_days),
        document=frozen(document),
        sent_at=uow.now if terms.is_sent_at_once else None,
    )


def _tell_finalised(uow: UnitOfWork, period: FeePeriod, mandate: Mandate, number: str) -> None:
    assert period.fee is not None
    assert period.high_water_mark_after is not None
    assert period.high_water_mark_before is not None
    uow.record(
        FeePeriodFinalised(
            client_id=mandate.client_id,
            subject=period.id,
            starts_at=period.starts_at,
            fee=period.fee,
            high_water_mark=period.high_water_mark_after,
            high_water_mark_before=period.high_water_mark_before,
            number=number,
        )
    )


def _tell_issued(uow: UnitOfWork, invoice: Invoice, mandate: Mandate) -> None:
    uow.record(
        InvoiceIssued(
            client_id=mandate.client_id,
            subject=invoice.id,
            number=invoice.number,
            amount=invoice.amount,
            currency=invoice.currency,
            due_at=invoice.due_at,
        )
    )


def _send(uow: UnitOfWork, invoice: Invoice, mandate: Mandate) -> None:
    document = thawed(invoice.document)
    uow.record(
        invoice_notices.sent(
            client_id=mandate.client_id,
            invoice_id=invoice.id,
            number=invoice.number,
            amount=invoice.amount,
            currency=invoice.currency,
            month=month_name(document.starts_at, document.ends_at, zone=document.time_zone),
            due_at=invoice.due_at,
            link=invoice_notices.link_to_month(get_settings().public_url, invoice.fee_period_id),
        )
    )
