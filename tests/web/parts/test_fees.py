"""The fee so far, line by line."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from patriot_app.core.domain.mandates import Terms
from patriot_app.core.domain.month_close import Accrual
from patriot_app.core.domain.periods import Period
from patriot_app.core.queries.billing import FeeAccrual
from patriot_app.web.parts.fees import fee_row
from tests.web.console.read_models import ID

ACCRUAL = FeeAccrual(
    mandate_id=ID,
    name="Mandate",
    client_id=ID,
    client="Ada",
    currency="USDT",
    time_zone="UTC",
    terms=Terms(Decimal("0.3")),
    starts_at=datetime(2026, 1, 1, tzinfo=UTC),
    ends_at=None,
    period=Period(datetime(2026, 5, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)),
    performance=Decimal(1_000),
    unrealised_pnl=Decimal(-600),
    external_flows=Decimal(10_000),
    accrual=Accrual(
        net_profit=Decimal(400),
        high_water_mark=Decimal(100),
        base=Decimal(300),
        rate=Decimal("0.3"),
        fee=Decimal(90),
    ),
    is_billable=False,
    warnings=(),
    accounts=(),
)


def test_the_lines_lead_from_the_booked_profit_to_the_fee() -> None:
    shown = {line.id: line.amount.text for line in fee_row(ACCRUAL).lines}
    assert shown == {
        "booked": "+1,000.00",
        "open": "−600.00",
        "m": "+400.00",
        "h": "100.00",
        "base": "300.00",
        "rate": "30.00",
        "fee": "90.00",
        "flows": "+10,000.00",
    }


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({}, "proforma"),
        ({"is_billable": True}, "billable"),
        ({"is_billable": True, "warnings": ("A gap",)}, "waits"),
        ({"accrual": None}, "none"),
    ],
)
def test_a_fee_that_can_never_be_billed_says_so(changes: dict[str, object], kind: str) -> None:
    assert fee_row(replace(ACCRUAL, **changes)).kind == kind  # type: ignore[arg-type]


def test_without_a_rate_no_figure_is_invented() -> None:
    row = fee_row(replace(ACCRUAL, accrual=None))
    assert row.fee.text == "—"
    assert [line.id for line in row.lines] == ["booked", "flows"]
