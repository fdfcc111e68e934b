from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.invoices import (
    InvoiceStatus,
    after_credit,
    after_payment,
    credit_note_number,
    invoice_number,
    is_overdue,
    may_be_billed,
    outstanding,
)
from patriot_app.core.errors import IllegalTransition, Refused

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def pay(payment: str, *, status: InvoiceStatus = InvoiceStatus.OPEN) -> InvoiceStatus:
    return after_payment(status, amount=Decimal(100), paid=Decimal(40), payment=Decimal(payment))


def test_the_last_payment_settles_an_invoice() -> None:
    assert pay("59.99") is InvoiceStatus.OPEN
    assert pay("60") is InvoiceStatus.PAID
    assert pay("60", status=InvoiceStatus.UNCOLLECTIBLE) is InvoiceStatus.PAID


@pytest.mark.parametrize("payment", ["0", "-1", "60.01"])
def test_a_payment_is_between_nothing_and_what_is_owed(payment: str) -> None:
    with pytest.raises(Refused):
        pay(payment)


def test_a_void_invoice_cannot_be_paid() -> None:
    with pytest.raises(IllegalTransition):
        pay("10", status=InvoiceStatus.VOID)


def credit(amount: str, *, status: InvoiceStatus = InvoiceStatus.OPEN) -> InvoiceStatus:
    return after_credit(
        status,
        amount=Decimal(100),
        paid=Decimal(40),
        credited=Decimal(10),
        credit=Decimal(amount),
    )


def test_a_credit_note_settles_voids_or_leaves_an_invoice_open() -> None:
    assert credit("49.99") is InvoiceStatus.OPEN
    assert credit("50") is InvoiceStatus.PAID
    assert credit("90") is InvoiceStatus.VOID
    assert credit("90", status=InvoiceStatus.PAID) is InvoiceStatus.VOID
    assert credit("50", status=InvoiceStatus.UNCOLLECTIBLE) is InvoiceStatus.PAID


@pytest.mark.parametrize("amount", ["0", "-1", "90.01"])
def test_a_credit_note_is_between_nothing_and_what_is_left(amount: str) -> None:
    with pytest.raises(Refused):
        credit(amount)


def test_numbers_tell_year_and_place() -> None:
    assert invoice_number(year=2026, place=17) == "2026-00017"
    assert credit_note_number(year=2026, place=3) == "CN-2026-00003"


def test_only_live_accounts_are_billed() -> None:
    assert [mode for mode in AccountMode if may_be_billed(mode)] == [AccountMode.LIVE]


def test_an_open_invoice_is_overdue_after_its_term() -> None:
    assert is_overdue(InvoiceStatus.OPEN, due_at=NOW, now=NOW)
    assert not is_overdue(InvoiceStatus.OPEN, due_at=NOW, now=NOW - timedelta(seconds=1))
    assert not is_overdue(InvoiceStatus.PAID, due_at=NOW, now=NOW)
    assert outstanding(amount=Decimal(5), paid=Decimal(2)) == 3
