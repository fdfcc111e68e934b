"""Every entry of the books adds up to zero."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from patriot_app.core.domain.journal import EntryKind, JournalAccount, is_balanced, postings

CENTS = st.decimals("-1e12", "1e12", places=2).filter(bool)


@given(st.sampled_from(EntryKind), CENTS)
def test_every_entry_balances(kind: EntryKind, amount: Decimal) -> None:
    lines = postings(kind, amount)
    assert is_balanced(lines)
    assert len({line.account for line in lines}) == 2


@given(st.sampled_from(EntryKind), CENTS)
def test_an_entry_taken_back_leaves_nothing(kind: EntryKind, amount: Decimal) -> None:
    balances = dict.fromkeys(JournalAccount, Decimal(0))
    for line in (*postings(kind, amount), *postings(kind, -amount)):
        balances[line.account] += line.amount
    assert not any(balances.values())


def test_a_fee_that_is_earned_invoiced_and_paid_ends_as_money_and_revenue() -> None:
    balances = dict.fromkeys(JournalAccount, Decimal(0))
    for kind in (EntryKind.ACCRUAL, EntryKind.INVOICE, EntryKind.PAYMENT):
        for line in postings(kind, Decimal(150)):
            balances[line.account] += line.amount
    assert {account: amount for account, amount in balances.items() if amount} == {
        JournalAccount.PAYMENTS: 150,
        JournalAccount.FEE_REVENUE: -150,
    }
