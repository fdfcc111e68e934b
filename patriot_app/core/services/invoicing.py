"""Set the desk's invoicing details; invoices that were issued keep those they were issued with."""

from sqlalchemy import text

from patriot_app.core.db import invoicing_terms
from patriot_app.core.domain.events import InvoicingChanged
from patriot_app.core.domain.invoicing import InvoicingTerms, checked, differences
from patriot_app.core.unit_of_work import UnitOfWork

_LOCK = text("LOCK TABLE invoicing_settings IN SHARE ROW EXCLUSIVE MODE")
_SET = text(
    """
    INSERT INTO invoicing_settings (id, issuer_name, issuer_address, tax_id, payment_instructions,
           payment_term_days, is_sent_at_once, reminder_days, suspend_after_days, changed_at)
    VALUES (1, :name, :address, :tax_id, :payment_instructions, :payment_term_days,
            :is_sent_at_once, CAST(:reminder_days AS integer[]), :suspend_after_days, :now)
    ON CONFLICT (id) DO UPDATE SET (issuer_name, issuer_address, tax_id, payment_instructions,
           payment_term_days, is_sent_at_once, reminder_days, suspend_after_days, changed_at)
     = (excluded.issuer_name, excluded.issuer_address, excluded.tax_id,
        excluded.payment_instructions, excluded.payment_term_days, excluded.is_sent_at_once,
        excluded.reminder_days, excluded.suspend_after_days, excluded.changed_at)
    """
)


async def set_terms(uow: UnitOfWork, terms: InvoicingTerms) -> None:
    """Let invoices from now on name this issuer and be payable on these terms.

    Raises:
        Invalid: fields "issuer_name", "issuer_address", "tax_id", "payment_instructions",
            "payment_term_days", "reminder_days", "suspend_after_days".
    """
    wanted = checked(terms)
    await uow.session.execute(_LOCK)
    changes = differences(await invoicing_terms.current(uow.session), wanted)
    if not changes:
        return
    await uow.session.execute(
        _SET,
        {
            "name": wanted.issuer.name,
            "address": wanted.issuer.address,
            "tax_id": wanted.issuer.tax_id,
            "payment_instructions": wanted.issuer.payment_instructions,
            "payment_term_days": wanted.payment_term_days,
            "is_sent_at_once": wanted.is_sent_at_once,
            "reminder_days": list(wanted.reminder_days),
            "suspend_after_days": wanted.suspend_after_days,
            "now": uow.now,
        },
    )
    uow.record(InvoicingChanged(changes=changes))
    uow.touch("billing")
