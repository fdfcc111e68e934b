"""Bring partners' shares of an invoice to what has been received for it, and book the difference."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.db import journal
from patriot_app.core.domain.fee_shares import due, month_of_fee
from patriot_app.core.domain.invoice_documents import InvoiceDocument
from patriot_app.core.domain.journal import EntryKind
from patriot_app.core.ids import new_id

_COVERING = text(
    """
    SELECT s.id, p.name, s.rate,
           coalesce((SELECT sum(c.amount) FROM share_credits AS c
                      WHERE c.share_id = s.id AND c.invoice_id = :invoice_id), 0) AS credited
      FROM fee_shares AS s JOIN partners AS p ON p.id = s.partner_id
     WHERE s.mandate_id = :mandate_id AND s.first_month <= :month
       AND (s.last_month IS NULL OR s.last_month >= :month)
     ORDER BY p.name, s.id
    """
)
_CREDIT = text(
    "INSERT INTO share_credits (id, share_id, invoice_id, amount)"
    " VALUES (:id, :share_id, :invoice_id, :amount)"
)


@dataclass(frozen=True, slots=True)
class ShareCredit:
    """What one partner got by it; negative: what was taken back from him."""

    partner: str
    amount: Decimal


async def settle(
    session: AsyncSession,
    document: InvoiceDocument,
    *,
    kept: Decimal,
    entry: journal.Booking,
) -> Sequence[ShareCredit]:
    """Credit every partner with his part of what an invoice has brought in; whoever holds its lock.

    Args:
        kept: received for the invoice and not owed back.
        entry: of the payment or credit note; its mandate, period, invoice and currency are booked.
    """
    month = month_of_fee(document.ends_at, zone=document.time_zone)
    bound = {"invoice_id": entry.invoice_id, "mandate_id": entry.mandate_id, "month": month}
    made: list[ShareCredit] = []
    for row in (await session.execute(_COVERING, bound)).all():
        amount = due(kept, rate=row.rate) - row.credited
        if not amount:
            continue
        made.append(ShareCredit(row.name, amount))
        await session.execute(_CREDIT, _values(row.id, entry.invoice_id, amount))
        await journal.post(
            session,
            [
                journal.Booking(
                    kind=EntryKind.PARTNER_SHARE,
                    amount=amount,
                    currency=entry.currency,
                    mandate_id=entry.mandate_id,
                    fee_period_id=entry.fee_period_id,
                    invoice_id=entry.invoice_id,
                )
            ],
        )
    return made


def _values(share_id: UUID, invoice_id: UUID | None, amount: Decimal) -> dict[str, object]:
    return {"id": new_id(), "share_id": share_id, "invoice_id": invoice_id, "amount": amount}
