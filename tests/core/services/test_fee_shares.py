"""Partners are credited as money comes in, give back with credit notes, and cost the client nothing."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from patriot_app.core.domain.fee_shares import Share
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.queries import fee_shares as queries
from patriot_app.core.queries.page import PageRequest
from patriot_app.core.services import fee_shares, invoice_settlements
from patriot_app.core.unit_of_work import begin
from tests.factories.months import Mandate, first_of, january
from tests.factories.rows import OPERATOR, customer

JAN, FEB, MAR = (date(2026, month, 1) for month in (1, 2, 3))


async def agree(mandate: Mandate, rate: str, *, partner: str = "Rita", **more: Any) -> UUID:
    share = Share(Decimal(rate), more.pop("first_month", JAN), more.pop("last_month", None))
    async with begin(OPERATOR) as uow:
        return await fee_shares.agree(uow, mandate.id, partner=partner, share=share)


async def invoiced(mandate: Mandate) -> Any:
    january(mandate)
    (closed,) = await mandate.close(first_of(2))
    await mandate.finalise(closed.period_id)
    return await mandate.invoice(1)


async def pay(invoice: Any, amount: str, reference: str) -> None:
    async with begin(OPERATOR) as uow:
        await invoice_settlements.record_payment(
            uow,
            invoice.id,
            amount=Decimal(amount),
            reference=reference,
            received_on=date(2026, 2, 20),
        )


async def credit(invoice: Any, amount: str) -> None:
    async with begin(OPERATOR) as uow:
        await invoice_settlements.credit(uow, invoice.id, amount=Decimal(amount), reason="Wrong")


async def credited(mandate: Mandate) -> dict[str, Decimal]:
    found = await queries.page(OPERATOR, PageRequest(filters={"mandate_id": str(mandate.id)}))
    return {one.partner: one.credited for one in found.items}


async def test_each_payment_credits_each_partner_with_his_part(mandate: Mandate) -> None:
    await agree(mandate, "0.2")
    await agree(mandate, "0.1", partner="Otto")
    invoice = await invoiced(mandate)
    assert invoice.amount == 150
    await pay(invoice, "33.33", "b1")
    assert await credited(mandate) == {"Rita": Decimal("6.66"), "Otto": Decimal("3.33")}
    await pay(invoice, "116.67", "b2")
    assert await credited(mandate) == {"Rita": 30, "Otto": 15}
    assert await mandate.books() == {
        "payments": 150,
        "fee_revenue": -150,
        "partner_shares": 45,
        "partners_payable": -45,
    }


async def test_what_is_taken_back_of_a_paid_invoice_is_taken_back_from_partners(
    mandate: Mandate,
) -> None:
    await agree(mandate, "0.2")
    invoice = await invoiced(mandate)
    await pay(invoice, "150", "b1")
    await credit(invoice, "50")
    assert await credited(mandate) == {"Rita": 20}
    await credit(invoice, "100")
    assert await credited(mandate) == {"Rita": 0}
    books = await mandate.books()
    assert "partner_shares" not in books
    assert "partners_payable" not in books


async def test_a_credit_note_on_what_is_not_paid_costs_partners_nothing(mandate: Mandate) -> None:
    await agree(mandate, "0.2")
    invoice = await invoiced(mandate)
    await pay(invoice, "100", "b1")
    await credit(invoice, "50")
    assert await credited(mandate) == {"Rita": 20}


async def test_shares_of_other_months_get_nothing(mandate: Mandate) -> None:
    await agree(mandate, "0.2", first_month=FEB)
    await pay(await invoiced(mandate), "150", "b1")
    assert await credited(mandate) == {"Rita": 0}


async def test_all_shares_together_are_at_most_the_whole_fee(mandate: Mandate) -> None:
    await agree(mandate, "0.6", last_month=FEB)
    await agree(mandate, "0.6", partner="Otto", first_month=MAR)
    with pytest.raises(Invalid, match=r"120\.00% of the fee"):
        await agree(mandate, "0.6", partner="Otto", last_month=JAN)
    await agree(mandate, "0.4", partner="Otto", last_month=FEB)


@pytest.mark.parametrize(
    ("field", "rate", "more"),
    [
        ("rate", "0", {}),
        ("rate", "1.01", {}),
        ("partner", "0.1", {"partner": " "}),
        ("first_month", "0.1", {"first_month": date(2026, 1, 2)}),
        ("last_month", "0.1", {"first_month": FEB, "last_month": JAN}),
    ],
)
async def test_a_share_that_breaks_a_rule_is_refused_by_field(
    mandate: Mandate, field: str, rate: str, more: dict[str, Any]
) -> None:
    with pytest.raises(Invalid) as caught:
        await agree(mandate, rate, **more)
    assert set(caught.value.fields) == {field}


async def test_months_that_are_final_are_not_shared_anew(mandate: Mandate) -> None:
    share_id = await agree(mandate, "0.2")
    await invoiced(mandate)
    with pytest.raises(Invalid, match="January 2026 is final"):
        await agree(mandate, "0.1", partner="Otto")
    async with begin(OPERATOR) as uow:
        await fee_shares.end(uow, share_id, last_month=FEB)
    with pytest.raises(Refused, match="ends with February 2026 already"):
        async with begin(OPERATOR) as uow:
            await fee_shares.end(uow, share_id, last_month=MAR)
    with pytest.raises(Invalid, match="January 2026 is final"):
        async with begin(OPERATOR) as uow:
            await fee_shares.end(uow, share_id, last_month=date(2025, 12, 1))


async def test_a_client_learns_nothing_of_partners(mandate: Mandate) -> None:
    await agree(mandate, "0.2")
    with pytest.raises(NotFound):
        await queries.page(customer(mandate.client_id), PageRequest())
