"""The revenue report adds up to the double entry, however it is grouped; exports carry all of it."""

import csv
import io
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.domain.fee_shares import Share
from patriot_app.core.errors import Invalid, NotFound
from patriot_app.core.queries import invoices, regulatory_export, revenue
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.queries.revenue import Grouping, Revenue
from patriot_app.core.services import fee_shares, invoice_settlements
from patriot_app.core.unit_of_work import begin
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows, customer

EVERYTHING = PageRequest(size=200)


async def settle(mandate: Mandate) -> None:
    """January: 150, of which 100 paid, 20 taken back, the rest given up; February: a draft of 60."""
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    async with begin(OPERATOR) as uow:
        await fee_shares.agree(
            uow, mandate.id, partner="Rita", share=Share(Decimal("0.2"), date(2026, 1, 1))
        )
    await mandate.finalise(closed.period_id)
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow, invoice.id, amount=Decimal(100), reference="b1", received_on=date(2026, 2, 3)
        )
        await invoice_settlements.credit(uow, invoice.id, amount=Decimal(20), reason="Goodwill")
        await invoice_settlements.write_off(uow, invoice.id, reason="Gone")
    flat(mandate, 2, binance="110", bybit="0")
    await mandate.close(first_of(3))


async def rows_by(grouping: Grouping) -> tuple[Revenue, ...]:
    return (await revenue.page(OPERATOR, EVERYTHING, grouping=grouping)).items


def added(rows: tuple[Revenue, ...]) -> dict[str, Decimal]:
    """Return what the rows say that the books' accounts hold."""
    sums = {
        "accrued_fees": sum((one.not_invoiced for one in rows), Decimal(0)),
        "receivable": sum((one.outstanding for one in rows), Decimal(0)),
        "payments": sum((one.paid for one in rows), Decimal(0)),
        "fee_revenue": -sum((one.earned for one in rows), Decimal(0)),
        "write_offs": sum((one.written_off for one in rows), Decimal(0)),
        "partner_shares": sum((one.shared for one in rows), Decimal(0)),
        "partners_payable": -sum((one.shared for one in rows), Decimal(0)),
    }
    return {account: amount for account, amount in sums.items() if amount}


async def test_every_grouping_adds_up_to_the_books(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    for _ in range(2):
        await settle(await make_months(rows, *engines))
    balances = {
        account: amount for account, amount in (await invoices.balances(OPERATOR)).items() if amount
    }
    assert sum(balances.values()) == 0
    for grouping in Grouping:
        assert added(await rows_by(grouping)) == balances, grouping
    assert added(tuple(await revenue.totals(OPERATOR))) == balances


async def test_each_figure_is_what_was_booked_for_the_client(mandate: Mandate) -> None:
    await settle(mandate)
    (mine,) = [one for one in await rows_by(Grouping.CLIENT) if one.key == str(mandate.client_id)]
    assert (mine.accrued, mine.not_invoiced, mine.invoiced) == (210, 60, 150)
    assert (mine.credited, mine.paid, mine.written_off, mine.outstanding) == (20, 100, 30, 0)
    assert mine.shared == 20
    months = {one.name for one in await rows_by(Grouping.MONTH)}
    assert {"2026-01", "2026-02"} <= months
    assert "No strategy" in {one.name for one in await rows_by(Grouping.STRATEGY)}


async def test_the_report_is_the_desks_alone(mandate: Mandate) -> None:
    with pytest.raises(NotFound):
        await revenue.page(customer(mandate.client_id), EVERYTHING, grouping=Grouping.MONTH)
    with pytest.raises(NotFound):
        await regulatory_export.files(
            customer(mandate.client_id), date(2026, 1, 1), date(2026, 1, 31)
        )


async def test_an_export_holds_the_books_of_its_days_and_balances(mandate: Mandate) -> None:
    await settle(mandate)
    today = datetime.now(UTC).date()
    files = await regulatory_export.files(OPERATOR, today, today)
    read = {name: list(csv.DictReader(io.StringIO(text))) for name, text in files.items()}
    mine = str(mandate.client_id)
    assert [one["amount"] for one in read["invoices.csv"] if one["client_id"] == mine] == ["150"]
    assert [one["reason"] for one in read["credit_notes.csv"] if one["client_id"] == mine] == [
        "Goodwill"
    ]
    assert [one["reference"] for one in read["payments.csv"] if one["client_id"] == mine] == ["b1"]
    assert sum(Decimal(one["amount"]) for one in read["journal.csv"]) == 0
    of_january = await regulatory_export.files(OPERATOR, date(2026, 1, 31), date(2026, 2, 1))
    statements = list(csv.DictReader(io.StringIO(of_january["statements.csv"])))
    digests = [one["ledger_sha256"] for one in statements if one["client_id"] == mine]
    assert len(digests) == 2
    assert all(len(one) == 64 for one in digests)


@pytest.mark.parametrize(
    ("first", "last"),
    [(date(2026, 2, 2), date(2026, 2, 1)), (date(2025, 1, 1), date(2026, 1, 2))],
)
async def test_days_that_make_no_period_are_refused(as_web: str, first: date, last: date) -> None:
    with pytest.raises(Invalid):
        await regulatory_export.files(OPERATOR, first, last)
