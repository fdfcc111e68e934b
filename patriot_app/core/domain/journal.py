"""Double-entry books of what clients owe us: every entry's postings add up to zero.

An amount is a debit when it is positive and a credit when it is negative, in the entry's currency
and to the cent. An entry is never changed; what was wrong is taken back by a further entry.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from patriot_app.core.domain.money import CENT, exact_sum


class JournalAccount(StrEnum):
    """Where amounts stand.

    Attributes:
        ACCRUED_FEES: earned by a closed period and not invoiced yet.
        RECEIVABLE: invoiced and not paid yet.
        PAYMENTS: received from clients.
        FEE_REVENUE: earned; a credit balance.
        WRITE_OFFS: invoiced and given up.
        PARTNER_SHARES: of what was received, given to partners.
        PARTNERS_PAYABLE: owed to partners; a credit balance.
    """

    ACCRUED_FEES = "accrued_fees"
    RECEIVABLE = "receivable"
    PAYMENTS = "payments"
    FEE_REVENUE = "fee_revenue"
    WRITE_OFFS = "write_offs"
    PARTNER_SHARES = "partner_shares"
    PARTNERS_PAYABLE = "partners_payable"


class EntryKind(StrEnum):
    ACCRUAL = "accrual"
    INVOICE = "invoice"
    PAYMENT = "payment"
    CREDIT_NOTE = "credit_note"
    WRITE_OFF = "write_off"
    PARTNER_SHARE = "partner_share"


@dataclass(frozen=True, slots=True)
class Posting:
    """One line of an entry: a debit if positive, a credit if negative."""

    account: JournalAccount
    amount: Decimal


_SIDES: dict[EntryKind, tuple[JournalAccount, JournalAccount]] = {
    EntryKind.ACCRUAL: (JournalAccount.ACCRUED_FEES, JournalAccount.FEE_REVENUE),
    EntryKind.INVOICE: (JournalAccount.RECEIVABLE, JournalAccount.ACCRUED_FEES),
    EntryKind.PAYMENT: (JournalAccount.PAYMENTS, JournalAccount.RECEIVABLE),
    EntryKind.CREDIT_NOTE: (JournalAccount.FEE_REVENUE, JournalAccount.RECEIVABLE),
    EntryKind.WRITE_OFF: (JournalAccount.WRITE_OFFS, JournalAccount.RECEIVABLE),
    EntryKind.PARTNER_SHARE: (JournalAccount.PARTNER_SHARES, JournalAccount.PARTNERS_PAYABLE),
}
"""What each kind of entry debits and credits."""


def postings(kind: EntryKind, amount: Decimal) -> tuple[Posting, Posting]:
    """Return the two lines of an entry.

    Args:
        amount: to the cent; negative takes an earlier entry of the kind back.
    """
    assert amount != 0
    assert amount == amount.quantize(CENT)
    debited, credited = _SIDES[kind]
    return Posting(debited, amount), Posting(credited, -amount)


def is_balanced(lines: Iterable[Posting]) -> bool:
    """Tell whether postings add up to zero."""
    return exact_sum(line.amount for line in lines) == 0
