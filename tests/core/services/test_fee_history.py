"""The worked example of three months on the real books, and what may come in between."""

import asyncio
from contextlib import suppress
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.invoicing import InvoicingTerms
from patriot_app.core.queries import fee_periods
from patriot_app.core.services import invoice_settlements, invoicing
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows
from tests.waiting import until

S = FeePeriodStatus
WAITS = "FROM pg_locks WHERE NOT granted AND relation = 'journal_entries'::regclass"
EXPECTED = [Decimal(150), None, Decimal(90)]
"""Invoices of the worked example, month by month."""


async def settle(mandate: Mandate, month: int) -> None:
    """Close a month at its end and finalise it where it has a fee."""
    closed = await mandate.close(first_of(month + 1))
    await mandate.finalise(*(one.period_id for one in closed if one.status is S.DRAFT))


async def invoices(mandate: Mandate) -> list[Decimal | None]:
    """Return what stands invoiced for each of the three months."""
    async with begin(OPERATOR) as uow:
        rows = await uow.session.execute(
            text(
                "SELECT CAST(extract(month FROM p.starts_at) AS int) AS month, i.amount"
                " FROM invoices AS i JOIN fee_periods AS p ON p.id = i.fee_period_id"
                " WHERE i.mandate_id = :id AND i.status <> 'void'"
            ),
            {"id": mandate.id},
        )
        found = {row.month: row.amount for row in rows}
    return [found.get(month) for month in (1, 2, 3)]


async def pay(mandate: Mandate, month: int, amount: str) -> None:
    invoice = await mandate.invoice(month)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow,
            invoice.id,
            amount=Decimal(amount),
            reference=uuid4().hex,
            received_on=date(2026, 2, 20),
        )


async def take_back(mandate: Mandate, month: int) -> None:
    invoice = await mandate.invoice(month)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.credit(
            uow, invoice.id, amount=invoice.amount, reason="A row was missing"
        )


async def later_months(mandate: Mandate) -> None:
    flat(mandate, 2, binance="-300", bybit="100")
    await settle(mandate, 2)
    flat(mandate, 3, binance="410")
    await settle(mandate, 3)


@pytest.mark.parametrize("from_the_account", [True, False])
async def test_three_months_are_charged_150_nothing_and_90_however_the_fee_is_paid(
    mandate: Mandate, from_the_account: bool
) -> None:
    january(mandate)
    await settle(mandate, 1)
    if from_the_account:
        mandate.book(mandate.binance, 2, "TRANSFER", "-150")
    await pay(mandate, 1, "150")
    await later_months(mandate)
    assert await invoices(mandate) == EXPECTED
    assert await mandate.books() == {"payments": 150, "receivable": 90, "fee_revenue": -240}


async def test_a_row_that_comes_late_corrects_a_draft_and_is_credited_once_it_was_final(
    mandate: Mandate,
) -> None:
    january(mandate)
    await settle(mandate, 1)
    mandate.book(mandate.binance, 1, "COMMISSION", "-100")
    assert await mandate.close(first_of(2)) == ()
    assert await invoices(mandate) == [Decimal(150), None, None]
    await take_back(mandate, 1)
    await settle(mandate, 1)
    await later_months(mandate)
    # M is 400, 290, 700: the same in all as if the row had been there from the beginning.
    assert await invoices(mandate) == [Decimal(120), None, Decimal(90)]


async def test_a_late_row_that_nobody_credits_is_netted_by_the_months_that_follow(
    mandate: Mandate,
) -> None:
    january(mandate)
    await settle(mandate, 1)
    mandate.book(mandate.binance, 1, "COMMISSION", "-100")
    await later_months(mandate)
    # M is 290, 700 and the mark stayed at 500: 150 + 60, where it would have been 120 + 90.
    assert await invoices(mandate) == [Decimal(150), None, Decimal(60)]


async def test_a_month_whose_key_was_gone_for_a_day_is_held_and_closed_once_it_is_read(
    mandate: Mandate,
) -> None:
    january(mandate)
    mandate.complete(until=first_of(2) - timedelta(days=1))
    (held,) = await mandate.close(first_of(2))
    assert held.status is S.SUSPECT_INCOMPLETE
    assert "its ledger is not read up to the end" in (await mandate.month(1)).status_reason
    mandate.complete()
    await settle(mandate, 1)
    await later_months(mandate)
    assert await invoices(mandate) == EXPECTED


async def test_a_close_that_is_cut_off_leaves_nothing_and_is_done_again(
    mandate: Mandate, server: Server, database_name: str
) -> None:
    january(mandate)
    with psycopg.connect(server.uri, dbname=database_name) as blocker:
        # Figures are written and the accrual waits for the books: there it is cut off.
        blocker.execute("LOCK TABLE journal_entries IN EXCLUSIVE MODE")
        closing = asyncio.create_task(mandate.close(first_of(2)))
        with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as superuser:
            await until(lambda: bool(superuser.execute(f"SELECT pid {WAITS}").fetchall()))
            superuser.execute(f"SELECT pg_terminate_backend(pid) {WAITS}")
            with suppress(DBAPIError):
                await closing
        blocker.rollback()
    assert await _periods(mandate) == 0
    await settle(mandate, 1)
    await later_months(mandate)
    assert await invoices(mandate) == EXPECTED


async def _periods(mandate: Mandate) -> int:
    count = await mandate.one(
        "SELECT (SELECT count(*) FROM fee_periods WHERE mandate_id = :id)"
        " + (SELECT count(*) FROM journal_entries WHERE mandate_id = :id) AS found"
    )
    return int(count.found)


@pytest.mark.parametrize("mode", [AccountMode.PAPER, AccountMode.DEMO, AccountMode.TESTNET])
async def test_money_that_is_not_live_reaches_no_invoice_by_any_statement(
    engines: tuple[AsyncEngine, AsyncEngine],
    rows: DaemonRows,
    server: Server,
    database_name: str,
    mode: AccountMode,
) -> None:
    mandate = await make_months(rows, *engines, mode=mode)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    assert (await invoices(mandate), await mandate.books()) == ([None, None, None], {})
    insert = (
        "INSERT INTO invoices (id, mandate_id, fee_period_id, number, status, currency, amount,"
        " finalised_at, due_at) VALUES (%s, %s, %s, %s, 'open', 'USDT', 1, now(), now())"
    )
    with psycopg.connect(server.uri, dbname=database_name) as superuser:
        _refused(superuser, insert, mandate.id, closed.period_id)
    # Nor does an account's mode change under a mandate.
    with (
        psycopg.connect(server.uri, dbname=database_name) as superuser,
        pytest.raises(psycopg.Error),
    ):
        superuser.execute("UPDATE accounts SET mode = 'live' WHERE id = %s", (mandate.binance,))


def _refused(superuser: psycopg.Connection, insert: str, mandate_id: UUID, period: UUID) -> None:
    with pytest.raises(psycopg.errors.CheckViolation, match="paper money is never billed"):
        superuser.execute(insert, (uuid4(), mandate_id, period, uuid4().hex[:12]))  # type: ignore[arg-type]


async def test_recomputing_from_the_raw_rows_gives_the_same_figures(mandate: Mandate) -> None:
    january(mandate)
    await settle(mandate, 1)
    await later_months(mandate)
    open_at_end, mark = {1: Decimal(-90)}, Decimal(0)
    for month in (1, 2, 3):
        raw = await mandate.one(
            "SELECT sum(r.amount) AS booked FROM ledger_rows AS r"
            " JOIN mandate_accounts AS j ON j.account_id = r.account_id WHERE j.mandate_id = :id"
            " AND r.row_type NOT LIKE 'TRANSFER%' AND r.occurred_at < :until",
            until=first_of(month + 1),
        )
        measure = raw.booked + min(Decimal(0), open_at_end.get(month, Decimal(0)))
        closed = await mandate.month(month)
        fee = max(Decimal(0), measure - mark) * Decimal("0.3")
        assert (closed.net_profit, closed.high_water_mark_before, closed.fee) == (
            measure,
            mark,
            fee,
        )
        mark = max(mark, measure)


async def test_a_statement_keeps_who_issued_it_with_and_without_an_invoice(
    mandate: Mandate,
) -> None:
    january(mandate)
    await settle(mandate, 1)
    flat(mandate, 2, binance="-300", bybit="100")
    await settle(mandate, 2)
    names = [(await mandate.month(month)).issuer["name"] for month in (1, 2)]
    async with begin(OPERATOR) as uow:
        await invoicing.set_terms(uow, InvoicingTerms(Issuer(name="Another"), 14, False, ()))
    found = await fee_periods.get(OPERATOR, (await mandate.month(2)).id)
    assert found.issuer is not None
    assert [found.issuer.name] * 2 == names
    assert found.issuer.name != "Another"
    flat(mandate, 3, binance="410")
    await settle(mandate, 3)
    assert (await mandate.month(3)).issuer["name"] == "Another"
