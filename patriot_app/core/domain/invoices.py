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
    VOIDED = "voided"


FEE_PERIOD_TRANSITIONS = {
    FeePeriodStatus.OPEN: frozenset(
        {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.DRAFT}
    ),
    FeePeriodStatus.SUSPECT_INCOMPLETE: frozenset({FeePeriodStatus.EMPTY, FeePeriodStatus.DRAFT}),
    FeePeriodStatus.DRAFT: frozenset(
        {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.FINALISED}
    ),
    FeePeriodStatus.EMPTY: frozenset(),
    # A credit note over the whole fee takes it back; the period is then computed anew.
    FeePeriodStatus.FINALISED: frozenset({FeePeriodStatus.VOIDED}),
    FeePeriodStatus.VOIDED: frozenset(
        {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.DRAFT}
    ),
}
COMPUTABLE = frozenset(
    {
        FeePeriodStatus.OPEN,
        FeePeriodStatus.SUSPECT_INCOMPLETE,
        FeePeriodStatus.DRAFT,
        FeePeriodStatus.VOIDED,
    }
)
"""States in which figures may still change."""
SETTLED = frozenset(
    {FeePeriodStatus.SUSPECT_INCOMPLETE, FeePeriodStatus.EMPTY, FeePeriodStatus.FINALISED}
)
"""States that let the next month be closed."""


class InvoiceStatus(StrEnum):
    """An invoice begins when it is finalised; its draft is the fee period."""

    OPEN = "open"
    PAID = "paid"
    VOID = "void"
    UNCOLLECTIBLE = "uncollectible"


TRANSITIONS = {
    InvoiceStatus.OPEN: frozenset(
        {InvoiceStatus.PAID, InvoiceStatus.VOID, InvoiceStatus.UNCOLLECTIBLE}
    ),
    InvoiceStatus.UNCOLLECTIBLE: frozenset({InvoiceStatus.PAID, InvoiceStatus.VOID}),
    InvoiceStatus.PAID: frozenset({InvoiceStatus.VOID}),
    InvoiceStatus.VOID: frozenset(),
}


def may_be_billed(mode: AccountMode) -> bool:
    """Tell whether an account's profit is money; the schema refuses the others an invoice too."""
    return mode is AccountMode.LIVE


def outstanding(*, amount: Decimal, paid: Decimal, credited: Decimal = Decimal(0)) -> Decimal:
    """Return what is still to be paid, in the invoice's currency; negative: owed to the client."""
    return amount - paid - credited


def after_payment(
    status: InvoiceStatus,
    *,
    amount: Decimal,
    paid: Decimal,
    payment: Decimal,
    credited: Decimal = Decimal(0),
) -> InvoiceStatus:
    """Return the status after a payment, partial ones included.

    Raises:
        Refused: nothing or more than the outstanding amount is paid.
        IllegalTransition: the invoice is void.
    """
    left = outstanding(amount=amount, paid=paid, credited=credited)
    if not 0 < payment <= left:
        raise Refused(f"A payment must be above 0 and at most the outstanding {left}")
    settled = advance(TRANSITIONS, status, InvoiceStatus.PAID)
    return settled if payment == left else status


def is_overdue(status: InvoiceStatus, *, due_at: datetime | None, now: datetime) -> bool:
    """Tell whether an open invoice is past its term (wire time)."""
    return status is InvoiceStatus.OPEN and due_at is not None and now >= due_at


def after_credit(
    status: InvoiceStatus, *, amount: Decimal, paid: Decimal, credited: Decimal, credit: Decimal
) -> InvoiceStatus:
    """Return the status after a credit note: void once the whole amount is taken back.

    Raises:
        Refused: nothing or more than what is left of the amount is credited.
        IllegalTransition: the invoice is void.
    """
    left = amount - credited
    if not 0 < credit <= left:
        raise Refused(f"A credit note must be above 0 and at most the remaining {left}")
    if credit == left:
        return advance(TRANSITIONS, status, InvoiceStatus.VOID)
    if outstanding(amount=amount, paid=paid, credited=credited + credit) <= 0:
        return advance(TRANSITIONS, status, InvoiceStatus.PAID)
    return status


def invoice_number(*, year: int, place: int) -> str:
    """Return the number of the place-th invoice of a year, such as 2026-00017."""
    return f"{year}-{place:05d}"


def credit_note_number(*, year: int, place: int) -> str:
    """Return the number of the place-th credit note of a year, such as CN-2026-00003."""
    return f"CN-{year}-{place:05d}"
