"""Tell clients of invoices and months, by e-mail with a link, and remind them of what is overdue.

Each message is a fact of the record, and leaves by the outbox; what was sent is never sent again by
itself.
"""

from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db import invoicing_terms
from patriot_app.core.db.loading import get_for_update
from patriot_app.core.domain import invoice_notices
from patriot_app.core.domain.invoice_documents import thawed
from patriot_app.core.domain.invoices import InvoiceStatus
from patriot_app.core.domain.invoicing import reminder_due
from patriot_app.core.domain.statement_steps import month_name
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.billing import Invoice
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

BATCH = 200
_CLIENT = text("SELECT client_id FROM mandates WHERE id = :id")
# Locked, so that two daemons remind of an invoice one after the other.
_OVERDUE = text(
    """
    SELECT i.id, i.number, i.currency, i.due_at, i.fee_period_id, m.client_id,
           i.amount - i.paid - i.credited AS outstanding,
           (SELECT max(r.days) FROM invoice_reminders AS r WHERE r.invoice_id = i.id) AS last
      FROM invoices AS i JOIN mandates AS m ON m.id = i.mandate_id
     WHERE i.status = 'open' AND i.amount > i.paid + i.credited
       AND EXISTS (SELECT 1 FROM unnest(CAST(:days AS integer[])) AS d(days)
                    WHERE i.due_at + make_interval(days => d.days) <= :now
                      AND d.days > coalesce((SELECT max(r.days) FROM invoice_reminders AS r
                                              WHERE r.invoice_id = i.id), 0))
     ORDER BY i.due_at, i.id LIMIT :count FOR UPDATE OF i SKIP LOCKED
    """
)
_REMINDED = text(
    "INSERT INTO invoice_reminders (id, invoice_id, days) VALUES (:id, :invoice_id, :days)"
    " ON CONFLICT DO NOTHING RETURNING id"
)
# A month that was closed before sending was switched on is no news any more.
_UNTOLD = text(
    """
    UPDATE fee_periods AS p SET told_at = :now
      FROM mandates AS m
     WHERE m.id = p.mandate_id AND p.id IN (
           SELECT id FROM fee_periods
            WHERE status = 'empty' AND is_billable AND told_at IS NULL
              AND computed_at >= (SELECT changed_at FROM invoicing_settings)
            ORDER BY computed_at, id LIMIT :count FOR UPDATE SKIP LOCKED)
    RETURNING p.id, m.client_id, m.time_zone, p.starts_at, p.ends_at
    """
)


async def send(uow: UnitOfWork, invoice_id: UUID) -> None:
    """Send an invoice to its client, for the first time or again.

    Raises:
        Refused: it was taken back; NotFound.
    """
    invoice = await get_for_update(uow.session, Invoice, invoice_id)
    if invoice.status is InvoiceStatus.VOID:
        raise Refused(f"Invoice {invoice.number} was taken back; there is nothing to send")
    client_id = (await uow.session.execute(_CLIENT, {"id": invoice.mandate_id})).scalar_one()
    document = thawed(invoice.document)
    invoice.sent_at = uow.now
    uow.record(
        invoice_notices.sent(
            client_id=client_id,
            invoice_id=invoice.id,
            number=invoice.number,
            amount=invoice.amount,
            currency=invoice.currency,
            month=month_name(document.starts_at, document.ends_at, zone=document.time_zone),
            due_at=invoice.due_at,
            link=_link(invoice.fee_period_id),
        )
    )
    uow.touch("fees", "billing")


async def remind(uow: UnitOfWork) -> int:
    """Remind clients of invoices that are due for it; return how many were reminded."""
    days = (await invoicing_terms.current(uow.session)).reminder_days
    if not days:
        return 0
    bound = {"days": list(days), "now": uow.now, "count": BATCH}
    rows = (await uow.session.execute(_OVERDUE, bound)).all()
    for row in rows:
        due = reminder_due(row.due_at, reminder_days=days, last=row.last, now=uow.now)
        assert due is not None
        entered = await uow.session.execute(
            _REMINDED, {"id": new_id(), "invoice_id": row.id, "days": due}
        )
        if entered.first() is None:
            continue
        uow.record(
            invoice_notices.reminded(
                client_id=row.client_id,
                invoice_id=row.id,
                number=row.number,
                outstanding=row.outstanding,
                currency=row.currency,
                due_at=row.due_at,
                days=due,
                link=_link(row.fee_period_id),
            )
        )
    if rows:
        uow.touch("fees", "billing")
    return len(rows)


async def tell_months_without_fee(uow: UnitOfWork) -> int:
    """Tell clients of months that are over and cost nothing; return how many were told."""
    if not (await invoicing_terms.current(uow.session)).is_sent_at_once:
        return 0
    rows = (await uow.session.execute(_UNTOLD, {"now": uow.now, "count": BATCH})).all()
    for row in rows:
        uow.record(
            invoice_notices.told(
                client_id=row.client_id,
                period_id=row.id,
                month=month_name(row.starts_at, row.ends_at, zone=row.time_zone),
                link=_link(row.id),
            )
        )
    return len(rows)


def _link(period_id: UUID) -> str:
    return invoice_notices.link_to_month(get_settings().public_url, period_id)
