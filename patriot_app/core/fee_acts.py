"""Acts about fees that take two persons, as a proposal carries them."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from patriot_app.core.domain.mandates import FeeMeasure, Terms, WithdrawalPolicy
from patriot_app.core.services import invoice_settlements, invoices, mandates, month_releases
from patriot_app.core.unit_of_work import UnitOfWork

Payload = Mapping[str, Any]


async def sign_mandate(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Sign a mandate; it starts when it is approved unless a start was proposed."""
    terms = _terms(payload)
    starts_at = payload.get("starts_at", "")
    await mandates.sign(
        uow,
        client_id=UUID(payload["client_id"]),
        name=payload["name"],
        account_ids=[UUID(one) for one in payload["account_ids"]],
        rate=terms.rate,
        measure=terms.measure,
        withdrawal_policy=terms.withdrawal_policy,
        hurdle=terms.hurdle,
        invoice_minimum=terms.invoice_minimum,
        time_zone=payload["time_zone"],
        must_be_flat=payload["must_be_flat"],
        starts_at=datetime.fromisoformat(starts_at) if starts_at else None,
    )


async def change_terms(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Agree on other terms from the next month on."""
    await mandates.change_terms(uow, UUID(payload["mandate_id"]), _terms(payload), reason=reason)


async def reset_mark(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Set the high-water mark anew from the next month on."""
    await mandates.reset_mark(
        uow, UUID(payload["mandate_id"]), Decimal(payload["mark"]), reason=reason
    )


async def end_mandate(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """End a mandate; its last, shorter period is closed as usual."""
    await mandates.end(uow, UUID(payload["mandate_id"]), reason=reason)


async def value_account(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Say what open positions were worth at the end of a held month."""
    await month_releases.value_account(
        uow,
        UUID(payload["period_id"]),
        UUID(payload["account_id"]),
        unrealised_pnl=Decimal(payload["unrealised_pnl"]),
        evidence=payload["evidence"],
        reason=reason,
    )


async def leave_mandate(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Let an account leave the mandate of a held month after its last proved day."""
    await month_releases.leave_mandate(
        uow, UUID(payload["period_id"]), UUID(payload["account_id"]), reason=reason
    )


async def finalise_months(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Make drafts final at the fees that were proposed."""
    fees = {UUID(period): Decimal(fee) for period, fee in payload["fees"].items()}
    await invoices.finalise(uow, fees)


async def credit_invoice(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Take part of an invoice back, or all of it."""
    await invoice_settlements.credit(
        uow, UUID(payload["invoice"]), amount=Decimal(payload["amount"]), reason=reason
    )


async def write_off_invoice(uow: UnitOfWork, payload: Payload, reason: str) -> None:
    """Give up what is owed on an invoice."""
    await invoice_settlements.write_off(uow, UUID(payload["invoice"]), reason=reason)


def terms_payload(terms: Terms) -> dict[str, str]:
    """Return terms as a proposal carries them."""
    return {
        "rate": str(terms.rate),
        "measure": terms.measure.value,
        "withdrawal_policy": terms.withdrawal_policy.value,
        "hurdle": str(terms.hurdle),
        "invoice_minimum": str(terms.invoice_minimum),
    }


def _terms(payload: Payload) -> Terms:
    return Terms(
        rate=Decimal(payload["rate"]),
        measure=FeeMeasure(payload["measure"]),
        withdrawal_policy=WithdrawalPolicy(payload["withdrawal_policy"]),
        hurdle=Decimal(payload["hurdle"]),
        invoice_minimum=Decimal(payload["invoice_minimum"]),
    )
