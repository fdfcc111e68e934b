"""Fee periods and invoices (FEES.md)."""

from enum import StrEnum


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
