"""Statements and invoices as the desk reads them, and as their client does and no other."""

from datetime import date
from decimal import Decimal

import pytest

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import fee_periods, invoices, month_steps
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import invoice_settlements
from patriot_app.core.unit_of_work import begin
from tests.factories.months import Mandate, first_of, january
from tests.factories.rows import OPERATOR, customer

EVERYTHING = PageRequest(size=200)


async def settle(mandate: Mandate) -> None:
    """Close and finalise January over 150, of which 100 are paid and 20 taken back."""
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    invoice = await mandate.invoice(1)
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow, invoice.id, amount=Decimal(100), reference="b1", received_on=date(2026, 2, 3)
        )
        await invoice_settlements.credit(uow, invoice.id, amount=Decimal(20), reason="Goodwill")


async def test_a_month_is_found_by_its_name_in_the_mandates_zone(mandate: Mandate) -> None:
    january(mandate)
    await mandate.close(first_of(2))
    mine = {"mandate_id": str(mandate.id)}
    for filters, count in (
        ({"month": "2026-01"}, 1),
        ({"month": "2026-02"}, 0),
        ({"status": "draft"}, 1),
        ({"kind": "proforma"}, 0),
    ):
        page = await fee_periods.page(OPERATOR, PageRequest(filters={**mine, **filters}))
        assert page.total == count
    month = await mandate.month(1)
    (draft,) = await fee_periods.drafts(OPERATOR, [month.id])
    assert (draft.status, draft.fee, draft.invoice) == (FeePeriodStatus.DRAFT, 150, None)
    (progress,) = [one for one in await fee_periods.progress(OPERATOR) if one.month == "2026-01"]
    assert progress.drafts >= 1


async def test_an_invoice_shows_what_became_of_it(mandate: Mandate) -> None:
    await settle(mandate)
    found = await invoices.get(OPERATOR, (await mandate.invoice(1)).id)
    assert (found.invoice.outstanding, found.invoice.is_overdue) == (30, False)
    assert [(one.reference, one.amount) for one in found.payments] == [("b1", 100)]
    assert [(one.amount, one.reason) for one in found.credit_notes] == [(20, "Goodwill")]
    totals = await invoices.totals(OPERATOR)
    assert totals.owed >= 30
    assert sum((await invoices.balances(OPERATOR)).values()) == 0


async def test_a_client_reads_his_own_statements_and_nobody_elses(
    mandate: Mandate, other_mandate: Mandate
) -> None:
    await settle(mandate)
    await settle(other_mandate)
    me = customer(mandate.client_id)
    (month,) = (await fee_periods.page(me, EVERYTHING)).items
    (invoice,) = (await invoices.page(me, EVERYTHING)).items
    assert (month.mandate_id, invoice.mandate_id) == (mandate.id, mandate.id)
    assert (await fee_periods.get(me, month.id)).evidence is not None
    own = await invoices.get(me, invoice.id)
    assert (len(own.payments), len(own.credit_notes)) == (1, 1)
    other = await other_mandate.month(1)
    for ask in (
        lambda: fee_periods.get(me, other.id),
        lambda: invoices.balances(me),
        lambda: invoices.totals(me),
        lambda: fee_periods.progress(me),
    ):
        with pytest.raises(NotFound):
            await ask()  # type: ignore[no-untyped-call]
    with pytest.raises(NotFound):
        await invoices.get(me, (await other_mandate.invoice(1)).id)


async def test_the_steps_of_a_month_say_what_each_waits_for(
    mandate: Mandate, other_mandate: Mandate
) -> None:
    async def waiting(month: str) -> dict[str, tuple[int, int]]:
        found = await month_steps.of_month(OPERATOR, month)
        return {one.step.value: (one.waits, one.of) for one in found}

    before = await waiting("2026-01")
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    other_mandate.complete(difference="5")
    await other_mandate.close(first_of(2))
    now = await waiting("2026-01")
    assert now["tie_out"][0] == before["tie_out"][0] + 1
    assert now["completeness"][0] == before["completeness"][0] - 2
    assert now["preview"][0] == before["preview"][0] - 1
    assert now["finalise"][0] == before["finalise"][0] + 1
    await mandate.finalise(closed.period_id)
    final = await waiting("2026-01")
    assert final["finalise"][0] == before["finalise"][0]
    assert final["send"] == (before["send"][0] + 1, before["send"][1] + 1)
    assert (await waiting("2025-12"))["completeness"] == (0, 0)
