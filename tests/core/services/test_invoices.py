"""Invoices: gapless, final, paid, taken back; and the books that show every step."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core.domain.accounts import AccountMode
from patriot_app.core.domain.invoices import FeePeriodStatus, InvoiceStatus
from patriot_app.core.errors import IllegalTransition, Invalid, Refused
from patriot_app.core.services import invoice_settlements, invoices
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows

DAY = date(2026, 2, 20)
S = FeePeriodStatus


async def invoiced(mandate: Mandate) -> str:
    """Close and finalise January over 150; return the invoice's number."""
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    (number,) = (await mandate.finalise(closed.period_id)).invoices
    return number


async def pay(mandate: Mandate, amount: str, *, reference: str = "bank 1") -> None:
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow, invoice.id, amount=Decimal(amount), reference=reference, received_on=DAY
        )


async def credit(mandate: Mandate, amount: str, *, reason: str = "Wrong rate") -> str:
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        return await invoice_settlements.credit(
            uow, invoice.id, amount=Decimal(amount), reason=reason
        )


async def fail_after_finalising(period_id: UUID) -> None:
    async with begin(OPERATOR) as uow:
        await invoices.finalise(uow, {period_id: Decimal(150)})
        raise ZeroDivisionError


async def book_one_side(mandate: Mandate, period_id: UUID) -> None:
    async with begin(OPERATOR) as uow:
        entry = {"id": uuid4(), "mandate": mandate.id, "period": period_id}
        await uow.session.execute(
            text(
                "INSERT INTO journal_entries (id, kind, mandate_id, fee_period_id, currency)"
                " VALUES (:id, 'payment', :mandate, :period, 'USDT')"
            ),
            entry,
        )
        await uow.session.execute(
            text("INSERT INTO journal_lines VALUES (:id, 'payments', 5)"), entry
        )


async def test_finalising_gives_a_number_a_term_and_a_receivable(mandate: Mandate) -> None:
    number = await invoiced(mandate)
    invoice = await mandate.invoice(1)
    year = datetime.now(UTC).year
    assert number.startswith(f"{year}-")
    assert (invoice.number, invoice.status, invoice.amount) == (number, "open", 150)
    assert invoice.due_at - invoice.finalised_at == timedelta(days=14)
    assert (await mandate.month(1)).status == S.FINALISED
    assert await mandate.books() == {"receivable": 150, "fee_revenue": -150}


async def test_finalising_twice_at_once_gives_one_invoice(mandate: Mandate) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    results = await asyncio.gather(*(mandate.finalise(closed.period_id) for _ in range(2)))
    assert sorted(len(one.invoices) for one in results) == [0, 1]
    assert await mandate.books() == {"receivable": 150, "fee_revenue": -150}


async def test_numbers_have_no_gap_though_a_run_fails(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    numbers = []
    for _ in range(2):
        mandate = await make_months(rows, *engines)
        january(mandate)
        (closed,) = await mandate.close(first_of(2))
        with pytest.raises(ZeroDivisionError):
            await fail_after_finalising(closed.period_id)
        numbers += (await mandate.finalise(closed.period_id)).invoices
    first, second = (int(number.partition("-")[2]) for number in numbers)
    assert second == first + 1


async def test_several_mandates_are_finalised_in_one_run(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    live = [await make_months(rows, *engines) for _ in range(2)]
    made = [*live, await make_months(rows, *engines, mode=AccountMode.PAPER)]
    periods = []
    for mandate in made:
        january(mandate)
        (closed,) = await mandate.close(first_of(2))
        periods.append(closed.period_id)
    finalised = await made[0].finalise(*periods)
    assert (finalised.periods, len(finalised.invoices)) == (3, 2)


async def test_a_held_month_is_not_finalised(mandate: Mandate) -> None:
    january(mandate)
    mandate.complete(difference="1")
    (held,) = await mandate.close(first_of(2))
    with pytest.raises(Refused, match="January 2026 cannot be finalised: Binance: the wallet"):
        await mandate.finalise(held.period_id)


async def test_a_fee_that_has_changed_since_somebody_decided_is_not_finalised(
    mandate: Mandate,
) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    mandate.book(mandate.binance, 1, "COMMISSION", "-100")
    await mandate.close(first_of(2))
    with pytest.raises(Refused, match=r"another fee by now: 120\.00 instead of 150\.00"):
        async with begin(OPERATOR) as uow:
            await invoices.finalise(uow, {closed.period_id: Decimal(150)})


async def test_partial_payments_settle_an_invoice(mandate: Mandate) -> None:
    await invoiced(mandate)
    await pay(mandate, "100")
    assert (await mandate.invoice(1)).status == "open"
    assert await mandate.books() == {"payments": 100, "receivable": 50, "fee_revenue": -150}
    await pay(mandate, "50", reference="bank 2")
    assert (await mandate.invoice(1)).status == "paid"
    assert await mandate.books() == {"payments": 150, "fee_revenue": -150}


async def test_the_same_payment_is_booked_once(mandate: Mandate) -> None:
    number = await invoiced(mandate)
    await pay(mandate, "60")
    with pytest.raises(Refused, match=f"Payment bank 1 of invoice {number} is recorded already"):
        await pay(mandate, "60")
    assert (await mandate.invoice(1)).paid == 60


@pytest.mark.parametrize(
    ("amount", "reference", "field"),
    [("0", "x", "amount"), ("1.001", "x", "amount"), ("1", "  ", "reference")],
)
async def test_a_payment_that_breaks_a_rule_names_its_field(
    mandate: Mandate, amount: str, reference: str, field: str
) -> None:
    await invoiced(mandate)
    with pytest.raises(Invalid) as caught:
        await pay(mandate, amount, reference=reference)
    assert list(caught.value.fields) == [field]


async def test_a_day_to_come_is_no_day_of_payment(mandate: Mandate) -> None:
    await invoiced(mandate)
    invoice = await mandate.invoice(1)
    with pytest.raises(Invalid, match="received_on"):
        async with begin(OPERATOR) as uow:
            await invoice_settlements.record_payment(
                uow,
                invoice.id,
                amount=Decimal(1),
                reference="x",
                received_on=datetime.now(UTC).date() + timedelta(days=2),
            )


async def test_a_whole_credit_note_lowers_the_mark_and_the_month_is_billed_anew(
    mandate: Mandate,
) -> None:
    await invoiced(mandate)
    number = await credit(mandate, "150")
    assert number.startswith("CN-")
    assert (await mandate.invoice(1)).status == "void"
    assert ((await mandate.month(1)).status, await mandate.books()) == (S.VOIDED, {})
    mandate.book(mandate.binance, 1, "COMMISSION", "-100")
    (closed,) = await mandate.close(first_of(2))
    month = await mandate.month(1)
    assert (month.high_water_mark_before, month.fee) == (0, 120)
    await mandate.finalise(closed.period_id)
    assert (await mandate.invoice(1)).amount == 120
    assert await mandate.books() == {"receivable": 120, "fee_revenue": -120}


async def test_later_months_are_marked_when_an_invoice_is_taken_back(mandate: Mandate) -> None:
    number = await invoiced(mandate)
    flat(mandate, 2, binance="390")
    (closed,) = await mandate.close(first_of(3))
    await mandate.finalise(closed.period_id)
    await credit(mandate, "150")
    assert (await mandate.month(2)).status_reason == (
        f"Invoice {number} of an earlier month was taken back"
    )


async def test_a_part_credited_is_owed_no_more_and_money_already_paid_is_owed_back(
    mandate: Mandate,
) -> None:
    await invoiced(mandate)
    await pay(mandate, "130")
    await credit(mandate, "50")
    assert (await mandate.invoice(1)).status == "paid"
    assert await mandate.books() == {"payments": 130, "receivable": -30, "fee_revenue": -100}
    with pytest.raises(Refused, match="at most the remaining 100"):
        await credit(mandate, "100.01")


async def test_what_was_written_off_and_paid_after_all_is_revenue_again(mandate: Mandate) -> None:
    await invoiced(mandate)
    await pay(mandate, "50")
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.write_off(uow, invoice.id, reason="Cannot be found")
    assert await mandate.books() == {"payments": 50, "write_offs": 100, "fee_revenue": -150}
    with pytest.raises(Refused, match="nothing to write off"):
        async with begin(OPERATOR) as uow:
            await invoice_settlements.write_off(uow, invoice.id, reason="Again")
    await pay(mandate, "100", reference="bank 2")
    assert (await mandate.invoice(1)).status == InvoiceStatus.PAID
    assert await mandate.books() == {"payments": 150, "fee_revenue": -150}


async def test_a_void_invoice_takes_nothing_more(mandate: Mandate) -> None:
    await invoiced(mandate)
    await credit(mandate, "150")
    with pytest.raises((IllegalTransition, Refused)):
        await pay(mandate, "1")
    with pytest.raises(Refused):
        await credit(mandate, "1")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE invoices SET amount = 1",
        "UPDATE invoices SET number = 'x'",
        "UPDATE fee_periods SET fee = 1 WHERE status = 'finalised'",
        "UPDATE fee_periods SET status = 'draft' WHERE status = 'finalised'",
        "UPDATE payments SET amount = 1",
        "DELETE FROM journal_lines",
    ],
)
async def test_what_is_final_changes_for_nobody(
    mandate: Mandate, server: Server, database_name: str, statement: str
) -> None:
    await invoiced(mandate)
    await pay(mandate, "1", reference=uuid4().hex)
    with (
        psycopg.connect(server.uri, dbname=database_name) as superuser,
        pytest.raises((psycopg.errors.CheckViolation, psycopg.errors.InsufficientPrivilege)),
    ):
        superuser.execute(statement)  # type: ignore[call-overload]


async def test_an_entry_that_does_not_balance_is_not_committed(mandate: Mandate) -> None:
    await invoiced(mandate)
    month = await mandate.month(1)
    with pytest.raises(DBAPIError, match="does not balance"):
        await book_one_side(mandate, month.id)


async def test_paper_money_gets_no_invoice_by_any_way(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows, server: Server, database_name: str
) -> None:
    mandate = await make_months(rows, *engines, mode=AccountMode.PAPER)
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    with (
        psycopg.connect(server.uri, dbname=database_name) as superuser,
        pytest.raises(psycopg.errors.CheckViolation, match="paper money is never billed"),
    ):
        superuser.execute(
            "INSERT INTO invoices (id, mandate_id, fee_period_id, number, status, currency, amount,"
            " finalised_at, due_at) VALUES (%s, %s, %s, 'x', 'open', 'USDT', 1, now(), now())",
            (uuid4(), mandate.id, closed.period_id),
        )
