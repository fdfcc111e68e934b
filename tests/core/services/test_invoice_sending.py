"""Invoices go out, overdue ones are asked for, and nothing is sent twice by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from patriot_app.core.clock import FrozenClock
from patriot_app.core.domain.invoice_documents import Issuer
from patriot_app.core.domain.invoicing import Ageing, InvoicingTerms
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.errors import Refused
from patriot_app.core.queries import invoices as queries
from patriot_app.core.services import (
    accounts,
    invoice_sending,
    invoice_settlements,
    invoicing,
    overdue_holds,
)
from patriot_app.core.unit_of_work import UnitOfWork, begin
from tests.factories.months import Mandate, first_of, flat, january
from tests.factories.rows import OPERATOR, customer


async def set_terms(*, at_once: bool = False, suspend_after: int | None = None) -> None:
    async with begin(OPERATOR) as uow:
        await invoicing.set_terms(
            uow,
            InvoicingTerms(
                issuer=Issuer(name="Desk Ltd"),
                payment_term_days=14,
                is_sent_at_once=at_once,
                suspend_after_days=suspend_after,
            ),
        )


async def invoiced(mandate: Mandate) -> Any:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    return await mandate.invoice(1)


async def mails(mandate: Mandate) -> list[Any]:
    """Return what the client gets by e-mail about invoices, oldest first."""
    async with begin(OPERATOR) as uow:
        rows = await uow.session.execute(
            text(
                "SELECT title, body FROM notifications WHERE user_id = :id AND channel = 'email'"
                " ORDER BY created_at, id"
            ),
            {"id": mandate.client_id},
        )
        return list(rows)


@asynccontextmanager
async def daemon_at(mandate: Mandate, now: datetime) -> AsyncIterator[UnitOfWork]:
    with mandate.acting_as(mandate.daemon):
        async with begin(SYSTEM, clock=FrozenClock(now)) as uow:
            yield uow


async def remind(mandate: Mandate, now: datetime) -> None:
    async with daemon_at(mandate, now) as uow:
        await invoice_sending.remind(uow)


async def pay(invoice: Any) -> None:
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow,
            invoice.id,
            amount=Decimal(150),
            reference="b1",
            received_on=datetime.now(UTC).date(),
        )


async def test_an_invoice_is_sent_when_it_is_finalised_if_the_desk_wants_it(
    mandate: Mandate,
) -> None:
    await set_terms(at_once=True)
    invoice = await invoiced(mandate)
    assert invoice.sent_at == invoice.finalised_at
    (mail,) = await mails(mandate)
    assert mail.title == f"Invoice {invoice.number} for January 2026"
    assert f"150.00 USDT, due on {invoice.due_at:%Y-%m-%d}" in mail.body
    assert f"/portfolio/statements?id={invoice.fee_period_id}" in mail.body


async def test_an_invoice_is_sent_by_hand_and_again(mandate: Mandate) -> None:
    await set_terms()
    invoice = await invoiced(mandate)
    assert (invoice.sent_at, await mails(mandate)) == (None, [])
    for times in (1, 2):
        async with begin(OPERATOR) as uow:
            await invoice_sending.send(uow, invoice.id)
        assert len(await mails(mandate)) == times
    assert (await mandate.invoice(1)).sent_at is not None


async def test_an_invoice_that_was_taken_back_is_not_sent(mandate: Mandate) -> None:
    await set_terms()
    invoice = await invoiced(mandate)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.credit(uow, invoice.id, amount=Decimal(150), reason="Wrong")
    with pytest.raises(Refused, match="was taken back"):
        async with begin(OPERATOR) as uow:
            await invoice_sending.send(uow, invoice.id)
    assert await mails(mandate) == []


async def test_each_reminder_comes_once_whatever_the_daemon_missed(mandate: Mandate) -> None:
    await set_terms()
    invoice = await invoiced(mandate)
    for late_days, count in ((2, 0), (3, 1), (3, 1), (9, 1), (25, 2), (40, 2)):
        await remind(mandate, invoice.due_at + timedelta(days=late_days))
        assert len(await mails(mandate)) == count
    found = await queries.get(customer(mandate.client_id), invoice.id)
    assert [one.days for one in found.reminders] == [3, 20]
    assert (await mails(mandate))[0].title == f"Invoice {invoice.number} is overdue"


async def test_nobody_is_reminded_of_what_he_paid(mandate: Mandate) -> None:
    await set_terms()
    invoice = await invoiced(mandate)
    await pay(invoice)
    await remind(mandate, invoice.due_at + timedelta(days=30))
    assert await mails(mandate) == []


async def test_a_month_without_a_fee_is_told_once(mandate: Mandate) -> None:
    await set_terms(at_once=True)
    flat(mandate, 1, binance="-100")
    (closed,) = await mandate.close(first_of(2))
    for _ in range(2):
        async with daemon_at(mandate, datetime.now(UTC)) as uow:
            await invoice_sending.tell_months_without_fee(uow)
    (mail,) = await mails(mandate)
    assert mail.title == "January 2026: no fee"
    assert f"?id={closed.period_id}" in mail.body


async def test_a_client_is_held_once_for_an_invoice_that_stays_unpaid(mandate: Mandate) -> None:
    await set_terms(suspend_after=60)
    invoice = await invoiced(mandate)
    held = []
    for late_days in (59, 60, 70):
        async with daemon_at(mandate, invoice.due_at + timedelta(days=late_days)) as uow:
            holds = await overdue_holds.begin_holds(uow)
            for hold in holds:
                await accounts.suspend(uow, hold.account_id, reason=hold.reason)
        held.append({one.account_id for one in holds} & {mandate.binance, mandate.bybit})
    assert held == [set(), {mandate.binance, mandate.bybit}, set()]
    account = await mandate.one(
        "SELECT status, status_reason FROM accounts WHERE id = :account AND :id IS NOT NULL",
        account=mandate.binance,
    )
    assert account.status == "suspended"
    assert account.status_reason == f"Invoice {invoice.number} has been overdue for 61 days"


async def test_nobody_is_held_unless_the_desk_says_after_how_many_days(mandate: Mandate) -> None:
    await set_terms()
    invoice = await invoiced(mandate)
    async with daemon_at(mandate, invoice.due_at + timedelta(days=900)) as uow:
        assert await overdue_holds.begin_holds(uow) == []


async def test_what_is_owed_is_counted_by_age(mandate: Mandate) -> None:
    await set_terms()
    before = {one.band: one.owed for one in await queries.ageing_bands(OPERATOR)}
    await invoiced(mandate)
    after = {one.band: one.owed for one in await queries.ageing_bands(OPERATOR)}
    assert list(after) == list(Ageing)
    assert after[Ageing.CURRENT] - before[Ageing.CURRENT] == 150
