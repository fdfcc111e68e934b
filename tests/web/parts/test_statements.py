"""Statements as text: every step in its order, flows without the colours of gain and loss."""

from datetime import UTC, datetime
from decimal import Decimal
from uuid import UUID

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.statement_steps import month_name
from patriot_app.core.domain.statements import BridgeLine
from patriot_app.core.queries.fee_periods import FeePeriodView, Statement
from patriot_app.web.parts.statements import (
    STATUSES,
    account_rows,
    bridge_lines,
    fee_lines,
    month_row,
)

NOW = datetime(2026, 6, 2, tzinfo=UTC)
PERIOD = FeePeriodView(
    id=UUID(int=1),
    mandate_id=UUID(int=2),
    mandate="Mandate",
    client_id=UUID(int=3),
    client="Ada",
    currency="USDT",
    time_zone="Europe/Kyiv",
    starts_at=datetime(2026, 4, 30, 21, tzinfo=UTC),
    ends_at=datetime(2026, 5, 31, 21, tzinfo=UTC),
    status=FeePeriodStatus.DRAFT,
    status_reason="",
    net_profit=Decimal(500),
    high_water_mark_before=Decimal(0),
    base=Decimal(500),
    rate=Decimal("0.3"),
    fee=Decimal(150),
    high_water_mark_after=Decimal(500),
    is_billable=True,
    computed_at=NOW,
    finalised_at=None,
    invoice_id=None,
    invoice=None,
)
EVIDENCE = {
    "opening_equity": "15000",
    # As the database hands JSON back: in whatever order.
    "lines": dict.fromkeys(sorted(BridgeLine), "0") | {"realised": "-680.5", "deposits": "2000"},
    "closing_equity": "16319.5",
    "accounts": [
        {
            "account_id": str(UUID(int=4)),
            "label": "Binance",
            "exchange": "binance",
            "opening_equity": "10000",
            "closing_equity": "11319.5",
            "rows": 5,
            "tie_out_difference": "0",
            "digest": "ab" * 32,
            "types": [
                {"type": "REALIZED_PNL", "class": "performance", "sum": "-680.5"},
                {"type": "TRANSFER", "class": "external_flow", "sum": "2000"},
            ],
        }
    ],
}


def test_the_steps_lead_from_one_equity_to_the_other_in_a_fixed_order() -> None:
    lines = bridge_lines(Statement(PERIOD, EVIDENCE))
    assert [(one.id, one.amount.text, one.amount.tone) for one in lines] == [
        ("opening", "15,000.00", "neutral"),
        ("deposits", "2,000.00", "neutral"),
        ("withdrawals", "0.00", "neutral"),
        ("realised", "−680.50", "negative"),
        ("closing", "16,319.50", "neutral"),
    ]
    assert bridge_lines(Statement(PERIOD, None)) == []


def test_the_fee_is_told_step_by_step() -> None:
    assert [one.amount.text for one in fee_lines(PERIOD)] == [
        "+500.00",
        "0.00",
        "500.00",
        "30.00",
        "150.00",
        "500.00",
    ]


def test_a_month_is_named_by_the_mandates_own_calendar() -> None:
    row = month_row(PERIOD, now=NOW)
    assert (row.month, row.days) == ("May 2026", "2026-05-01 to 2026-05-31, Europe/Kyiv")
    assert month_name(PERIOD.starts_at, PERIOD.ends_at, zone="UTC") == "May 2026"
    assert (row.reason, row.reasons) == ("", [])


def test_an_account_shows_its_performance_without_its_flows() -> None:
    (account,) = account_rows(Statement(PERIOD, EVIDENCE))
    assert (account.performance.text, account.rows, account.difference) == ("−680.50", "5", "0")


def test_every_state_of_a_month_has_words() -> None:
    assert set(STATUSES) == {status.value for status in FeePeriodStatus}
