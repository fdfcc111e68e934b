"""The desk's invoicing details as they stand; before anybody set them, the plain ones."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.settings import get_settings

_READ = text(
    "SELECT issuer_name, issuer_address, tax_id, payment_instructions, payment_term_days,"
    " is_sent_at_once, reminder_days, suspend_after_days FROM invoicing_settings"
)


async def current(session: AsyncSession) -> InvoicingTerms:
    """Return the details; nothing is sent, reminded or suspended before they were set."""
    row = (await session.execute(_READ)).one_or_none()
    if row is None:
        return InvoicingTerms(
            issuer=Issuer(),
            payment_term_days=get_settings().invoice_term_days,
            is_sent_at_once=False,
            reminder_days=(),
        )
    return InvoicingTerms(
        issuer=Issuer(*row[:4]),
        payment_term_days=row.payment_term_days,
        is_sent_at_once=row.is_sent_at_once,
        reminder_days=tuple(row.reminder_days),
        suspend_after_days=row.suspend_after_days,
    )
