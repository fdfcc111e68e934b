"""Mandates in words."""

from datetime import UTC, datetime
from decimal import Decimal

from patriot_app.core.queries.mandates import MandateView, TermView
from patriot_app.web.console.clients.rows import mandate_row
from tests.web.console.read_models import ID

MANDATE = MandateView(
    id=ID,
    name="Growth",
    currency="USDT",
    time_zone="UTC",
    measure="prudent",
    withdrawal_policy="dollar",
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=None,
    opening_mark=Decimal(0),
    invoice_minimum=Decimal(10),
    accounts=("Main", "Second"),
    terms=(
        TermView(Decimal("0.25"), datetime(2026, 6, 1, tzinfo=UTC)),
        TermView(Decimal("0.3"), datetime(2026, 1, 1, tzinfo=UTC)),
    ),
)


def test_every_rate_stands_with_the_day_from_which_it_holds() -> None:
    row = mandate_row(MANDATE)
    assert row.rates == "30.00 % from 2026-01-01; 25.00 % from 2026-06-01"
    assert (row.status, row.span) == ("running", "2026-01-01 to open")
    assert row.accounts == "Main, Second"
