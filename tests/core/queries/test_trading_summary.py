"""Trading by month: fills tell volume and commission, the ledger the result, each its own client."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from patriot_app.core.errors import Invalid
from patriot_app.core.queries import trading_summary
from patriot_app.core.queries.page import PageRequest
from tests.factories.rows import OPERATOR, DaemonRows, customer, make_account, make_client

APRIL = datetime(2026, 4, 30, 23, 59, 59, tzinfo=UTC)
MAY = datetime(2026, 5, 1, tzinfo=UTC)


async def test_months_are_calendar_months_and_sum_what_the_exchange_booked(
    as_web: str, rows: DaemonRows
) -> None:
    ada, bob = await make_client(name="Ada"), await make_client(name="Bob")
    own, other = await make_account(ada, label="Main"), await make_account(bob)
    rows.instrument()
    for account_id, at, price in ((own, APRIL, "100"), (own, MAY, "200"), (other, MAY, "999")):
        rows.fill(account_id, None, traded_at=at, quantity="2", price=price, commission="0.5")
    rows.fill(own, None, traded_at=MAY, quantity="1", price="50", commission="0.25")
    rows.ledger_row(own, "REALIZED_PNL", "12", occurred_at=MAY)
    rows.ledger_row(own, "COMMISSION", "-0.75", occurred_at=MAY)
    rows.ledger_row(own, "TRANSFER", "1000", occurred_at=MAY, classification="external_flow")
    asked = PageRequest(filters={"client_id": str(ada)})
    may, april = (await trading_summary.page(OPERATOR, asked)).items
    assert (may.month, april.month) == (date(2026, 5, 1), date(2026, 4, 1))
    assert (may.account, may.client, may.fills) == ("Main", "Ada", 2)
    assert may.volume == Decimal(450)
    assert may.commission == Decimal("0.75")
    assert may.result == Decimal("11.25")
    assert (april.fills, april.volume, april.result) == (1, Decimal(200), Decimal(0))
    seen = await trading_summary.page(customer(ada), PageRequest())
    assert seen.items == (may, april)
    of_bob = PageRequest(filters={"account_id": str(other)})
    assert (await trading_summary.page(customer(ada), of_bob)).items == ()


async def test_the_desk_asks_for_somebody_in_particular(as_web: str) -> None:
    with pytest.raises(Invalid, match="Choose a client"):
        await trading_summary.page(OPERATOR, PageRequest())
