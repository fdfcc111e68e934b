"""Mandates in words."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

from patriot_app.core.domain.proposals import Change
from patriot_app.core.queries.mandates import MandateView, MarkView, TermView
from patriot_app.web.console.clients.rows import mandate_row
from patriot_app.web.parts.terms import agreed_rows, term_changes, terms_of
from tests.web.console.read_models import ID

AGREED = TermView(
    rate=Decimal("0.25"),
    measure="prudent",
    withdrawal_policy="dollar",
    hurdle=Decimal(100),
    invoice_minimum=Decimal(10),
    valid_from=datetime(2026, 6, 1, tzinfo=UTC),
)
MANDATE = MandateView(
    id=ID,
    name="Growth",
    currency="USDT",
    time_zone="UTC",
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=None,
    opening_mark=Decimal(0),
    accounts=("Main", "Second"),
    terms=(
        AGREED,
        replace(AGREED, rate=Decimal("0.3"), valid_from=datetime(2026, 1, 1, tzinfo=UTC)),
    ),
    marks=(MarkView(Decimal(50), datetime(2026, 3, 1, tzinfo=UTC), "Settled"),),
)


def test_a_mandate_shows_its_newest_terms() -> None:
    row = mandate_row(MANDATE)
    assert row.terms == (
        "performance fee: 25.00 %; measure: Booked profit less open losses; withdrawals: The"
        " carried loss stays whole; free part: 100.00 USDT; least invoice: 10.00 USDT"
    )
    assert (row.status, row.span) == ("running", "2026-01-01 to open")
    assert row.accounts == "Main, Second"


def test_all_that_was_agreed_stands_with_the_day_from_which_it_holds() -> None:
    rows = agreed_rows(MANDATE)
    assert [(row.valid_from, row.what) for row in rows] == [
        ("2026-06-01", "Performance fee: 25.00 %"),
        ("2026-03-01", "High-water mark set to 50.00 USDT"),
        ("2026-01-01", "Performance fee: 30.00 %"),
    ]
    assert rows[1].note == "Settled"


def test_only_what_changes_is_proposed() -> None:
    before = terms_of(AGREED)
    after = replace(before, rate=Decimal("0.2"))
    assert term_changes(before, after) == [Change("Performance fee", "25.00 %", "20.00 %")]
    assert term_changes(before, before) == []
    assert len(term_changes(None, after)) == 5
