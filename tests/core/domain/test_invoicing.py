"""Terms of invoices: what is refused, how old an invoice is, which reminder is due."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoicing import (
    Ageing,
    InvoicingTerms,
    ageing,
    checked,
    days_overdue,
    differences,
    reminder_due,
)
from patriot_app.core.errors import Invalid

DUE = datetime(2026, 2, 17, 9, tzinfo=UTC)
TERMS = InvoicingTerms(issuer=Issuer(name="Desk Ltd"), payment_term_days=14)


@pytest.mark.parametrize(
    ("field", "terms"),
    [
        ("issuer_name", replace(TERMS, issuer=Issuer(name="  "))),
        ("issuer_name", replace(TERMS, issuer=Issuer(name="x" * 121))),
        ("issuer_address", replace(TERMS, issuer=Issuer(name="x", address="x" * 1_001))),
        ("payment_term_days", replace(TERMS, payment_term_days=-1)),
        ("payment_term_days", replace(TERMS, payment_term_days=366)),
        ("reminder_days", replace(TERMS, reminder_days=(10, 3))),
        ("reminder_days", replace(TERMS, reminder_days=(3, 3))),
        ("reminder_days", replace(TERMS, reminder_days=(0,))),
        ("suspend_after_days", replace(TERMS, suspend_after_days=0)),
    ],
)
def test_terms_that_break_a_rule_are_refused_by_field(field: str, terms: InvoicingTerms) -> None:
    with pytest.raises(Invalid) as caught:
        checked(terms)
    assert set(caught.value.fields) == {field}


def test_texts_are_trimmed_and_every_change_is_told() -> None:
    wanted = replace(TERMS, issuer=Issuer(name=" Desk Ltd ", tax_id="UA 1"), suspend_after_days=60)
    assert checked(wanted).issuer.name == "Desk Ltd"
    assert differences(TERMS, checked(wanted)) == (
        "tax_id: nothing became UA 1",
        "suspension after: nothing became 60 days",
    )
    assert differences(TERMS, checked(TERMS)) == ()


@pytest.mark.parametrize(
    ("late", "days", "band"),
    [
        (timedelta(seconds=-1), 0, Ageing.CURRENT),
        (timedelta(0), 1, Ageing.TO_30),
        (timedelta(days=30, seconds=-1), 30, Ageing.TO_30),
        (timedelta(days=30), 31, Ageing.TO_60),
        (timedelta(days=60), 61, Ageing.TO_90),
        (timedelta(days=90, seconds=-1), 90, Ageing.TO_90),
        (timedelta(days=90), 91, Ageing.OVER_90),
    ],
)
def test_an_invoice_ages_by_begun_days(late: timedelta, days: int, band: Ageing) -> None:
    assert days_overdue(DUE, now=DUE + late) == days
    assert ageing(days) is band


@pytest.mark.parametrize(
    ("late_days", "last", "due"),
    [(2, None, None), (3, None, 3), (9, 3, None), (10, 3, 10), (25, None, 20), (25, 20, None)],
)
def test_each_reminder_is_sent_once_and_missed_ones_are_one(
    late_days: int, last: Any, due: Any
) -> None:
    now = DUE + timedelta(days=late_days)
    assert reminder_due(DUE, reminder_days=(3, 10, 20), last=last, now=now) == due
