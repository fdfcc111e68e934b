"""Amended terms and marks hold from the next month on, and take two persons."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from patriot_app.core import fee_acts, four_eyes
from patriot_app.core.domain.mandates import FeeMeasure, Terms, WithdrawalPolicy
from patriot_app.core.domain.permissions import Actor, Role
from patriot_app.core.domain.proposals import Change, ProposalKind
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import billing
from patriot_app.core.services import mandates, users
from patriot_app.core.unit_of_work import begin
from tests.factories.keys import Keys
from tests.factories.months import Mandate, first_of, flat, january, make_months
from tests.factories.rows import OPERATOR, DaemonRows, make_account, make_client, make_mandate

AMENDED = Terms(
    Decimal("0.2"),
    FeeMeasure.TOTAL_EQUITY,
    WithdrawalPolicy.PRORATA,
    hurdle=Decimal(100),
    invoice_minimum=Decimal(5),
)


async def amend(mandate: Mandate, terms: Terms) -> None:
    async with begin(OPERATOR) as uow:
        await mandates.change_terms(uow, mandate.id, terms, reason="Agreed anew")


async def reset(mandate: Mandate, mark: str) -> None:
    async with begin(OPERATOR) as uow:
        await mandates.reset_mark(uow, mandate.id, Decimal(mark), reason="Settled out of court")


async def person(*roles: Role) -> Actor:
    name = f"{'-'.join(roles)}-{uuid4().hex[:8]}"
    async with begin(OPERATOR) as uow:
        user_id = await users.create_staff(
            uow,
            email=f"{name}@firm.example",
            name=name,
            password="correct horse battery staple",
            roles=roles,
        )
    return Actor(user_id=user_id, name=name, roles=frozenset(roles), surface="console")


async def test_amended_terms_leave_the_month_in_progress_alone(mandate: Mandate) -> None:
    january(mandate)
    mandate.set_market_time(first_of(1) + timedelta(days=20))
    await amend(mandate, AMENDED)
    (closed,) = await mandate.close(first_of(2))
    month = await mandate.month(1)
    assert (month.fee, month.evidence["terms"]["rate"]) == (150, "0.3")
    await mandate.finalise(closed.period_id)
    flat(mandate, 2, binance="200", bybit="500")
    await mandate.close(first_of(3))
    month = await mandate.month(2)
    # M is 590 + 700 by then, H is 500, and 100 of the gain is free.
    assert (month.base, month.rate, month.fee) == (690, Decimal("0.2"), 138)
    assert month.evidence["terms"]["withdrawal_policy"] == "prorata"


async def test_an_amendment_for_the_same_month_replaces_the_one_before(mandate: Mandate) -> None:
    mandate.set_market_time(first_of(1) + timedelta(days=20))
    await amend(mandate, AMENDED)
    await amend(mandate, Terms(Decimal("0.1")))
    found = await mandate.one(
        "SELECT count(*) AS all, min(rate) AS rate FROM mandate_terms WHERE mandate_id = :id"
    )
    assert (found.all, found.rate) == (2, Decimal("0.1"))


async def test_a_mark_set_anew_is_what_fees_are_charged_above_from_then_on(
    mandate: Mandate,
) -> None:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    mandate.set_market_time(first_of(2) + timedelta(days=3))
    await reset(mandate, "300")
    with pytest.raises(Refused, match="is set anew from 2026-03-01 already"):
        await reset(mandate, "200")
    flat(mandate, 2, binance="-290")
    flat(mandate, 3, binance="100")
    await mandate.close(first_of(4))
    assert (await mandate.month(2)).high_water_mark_before == 500
    month = await mandate.month(3)
    # M is 590 - 290 + 100.
    assert (month.high_water_mark_before, month.base, month.fee) == (300, 100, 30)


async def test_terms_that_break_a_rule_are_refused_by_field(mandate: Mandate) -> None:
    with pytest.raises(Invalid, match="hurdle"):
        await amend(mandate, Terms(Decimal("0.2"), hurdle=Decimal(-1)))
    with pytest.raises(Invalid, match="mark"):
        await reset(mandate, "-1")


async def test_a_mandate_agreed_to_start_flat_is_refused_while_a_position_is_open(
    as_web: str, rows: DaemonRows
) -> None:
    client_id = await make_client()
    account_id = await make_account(client_id, label="Busy")
    rows.position(account_id)
    with pytest.raises(Refused, match="Busy holds open positions"):
        await make_mandate(client_id, [account_id], must_be_flat=True)
    rows.execute("UPDATE positions SET quantity = 0 WHERE account_id = %s", account_id)
    assert await make_mandate(client_id, [account_id], must_be_flat=True)


async def test_terms_are_proposed_by_one_and_agreed_to_by_another(
    mandate: Mandate, keys: Keys
) -> None:
    manager, compliance = await person(Role.FUND_MANAGER), await person(Role.COMPLIANCE)
    async with begin(manager) as uow:
        submitted = await four_eyes.submit(
            uow,
            ProposalKind.CHANGE_TERMS,
            subject="Mandate",
            subject_key=str(mandate.id),
            payload={**fee_acts.terms_payload(AMENDED), "mandate_id": str(mandate.id)},
            changes=[Change("Performance fee", "30 %", "20 %")],
            reason="Agreed anew",
        )
    assert not submitted.is_done
    assert await _rates(mandate.id) == {Decimal("0.3")}
    with pytest.raises(Refused):
        async with begin(manager) as uow:
            await four_eyes.approve(uow, submitted.proposal_id, reason="Mine")
    async with begin(compliance) as uow:
        assert await four_eyes.approve(uow, submitted.proposal_id, reason="Read it") == ""
    assert await _rates(mandate.id) == {Decimal("0.3"), Decimal("0.2")}


async def test_the_preview_is_what_a_close_comes_to(
    engines: tuple[AsyncEngine, AsyncEngine], rows: DaemonRows
) -> None:
    mandate = await make_months(rows, *engines, hurdle=Decimal(50))
    january(mandate)
    for account, open_profit in ((mandate.binance, "-150"), (mandate.bybit, "60")):
        rows.state(account, unrealised_pnl=Decimal(open_profit))
    mandate.set_market_time(first_of(2) - timedelta(seconds=1))
    found = await billing.accrual(OPERATOR, mandate.id)
    await mandate.close(first_of(2))
    month = await mandate.month(1)
    assert found.accrual is not None
    assert (found.accrual.net_profit, found.accrual.base, found.accrual.fee) == (500, 450, 135)
    assert (month.net_profit, month.base, month.fee) == (500, 450, 135)


async def _rates(mandate_id: UUID) -> set[Decimal]:
    async with begin(OPERATOR) as uow:
        rows = await uow.session.execute(
            text("SELECT rate FROM mandate_terms WHERE mandate_id = :id"), {"id": mandate_id}
        )
        return {row.rate for row in rows}
