"""Fee periods and invoices (FEES.md)."""

from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.transitions import advance
from patriot_app.core.errors import Refused


class FeePeriodStatus(StrEnum):
    OPEN = "open"
    SUSPECT_INCOMPLETE = "suspect_incomplete"
    EMPTY = "empty"
    DRAFT = "draft"
    FINALISED = "finalised"


FEE_PERIOD_TRANSITIONS = {
    FeePeriodStatus.OPEN: frozenset(
        {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.DRAFT}
    ),
    FeePeriodStatus.SUSPECT_INCOMPLETE: frozenset({FeePeriodStatus.EMPTY, FeePeriodStatus.DRAFT}),
    FeePeriodStatus.DRAFT: frozenset(
        {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.FINALISED}
    ),
    FeePeriodStatus.EMPTY: frozenset(),
    FeePeriodStatus.FINALISED: frozenset(),
}


class InvoiceStatus(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


TRANSITIONS = {
    InvoiceStatus.DRAFT: frozenset({InvoiceStatus.OPEN, InvoiceStatus.VOID}),
    InvoiceStatus.OPEN: frozenset(
        {InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE}
    ),
    InvoiceStatus.UNCOLLECTIBLE: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID}),
    InvoiceStatus.PAID: frozenset(),
    InvoiceStatus.VOID: frozenset(),
}


def may_be_billed(mode: AccountMode) -> bool:
    """Tell whether an account's profit is money; the schema refuses the others an invoice too."""
    return mode is AccountMode.LIVE


def outstanding(*, amount: Decimal, paid: Decimal) -> Decimal:
    """Return what is still to be paid, in the invoice's currency."""
    return amount - paid


def after_payment(
    status: InvoiceStatus, *, amount: Decimal, paid: Decimal, payment: Decimal
) -> InvoiceStatus:
    """Return the status after a payment, partial ones included.

    Raises:
        Refused: nothing or more than the outstanding amount is paid.
        IllegalTransition: the invoice cannot be paid any more, or not yet.
    """
    left = outstanding(amount=amount, paid=paid)
    if not 0 < payment <= left:
        raise Refused(f"A payment must be above 0 and at most the outstanding {left}")
    settled = advance(TRANSITIONS, status, InvoiceStatus.PAID)
    return settled if payment == left else status


def is_overdue(status: InvoiceStatus, *, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether an open invoice is past its term (wire time)."""
    return status is InvoiceStatus.OPEN and due_at is not None and now >= due_at
