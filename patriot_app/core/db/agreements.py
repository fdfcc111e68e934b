"""What was agreed about mandates' fees, and what their earlier periods left behind."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.invoices import FeePeriodStatus
from patriot_app.core.domain.mandates import (
    AgreedTerms,
    Agreement,
    FeeMeasure,
    MarkReset,
    PastPeriod,
    Terms,
    WithdrawalPolicy,
)

_OPENING = text("SELECT id, opening_mark FROM mandates WHERE id = ANY(:ids)")
_TERMS = text(
    "SELECT mandate_id, rate, measure, withdrawal_policy, hurdle, invoice_minimum, valid_from"
    " FROM mandate_terms WHERE mandate_id = ANY(:ids) ORDER BY valid_from"
)
_RESETS = text(
    "SELECT mandate_id, mark, valid_from FROM mandate_marks WHERE mandate_id = ANY(:ids)"
)
_PAST = text(
    "SELECT mandate_id, starts_at, loss_forgiven,"
    " CASE WHEN status = ANY(:charged) THEN high_water_mark_after END AS mark"
    " FROM fee_periods WHERE mandate_id = ANY(:ids) ORDER BY starts_at"
)


@dataclass(frozen=True, slots=True)
class Standing:
    """An agreement with what came of it so far."""

    agreement: Agreement
    past: tuple[PastPeriod, ...]


async def standings(
    session: AsyncSession, mandate_ids: Sequence[UUID], *, charged: Collection[FeePeriodStatus]
) -> dict[UUID, Standing]:
    """Return what holds for each mandate.

    Args:
        charged: states of a period whose fee counts as charged.
    """
    ids = {"ids": list(mandate_ids)}
    terms: dict[UUID, list[AgreedTerms]] = {}
    for row in await session.execute(_TERMS, ids):
        agreed = Terms(
            row.rate,
            FeeMeasure(row.measure),
            WithdrawalPolicy(row.withdrawal_policy),
            row.hurdle,
            row.invoice_minimum,
        )
        terms.setdefault(row.mandate_id, []).append(AgreedTerms(agreed, row.valid_from))
    resets: dict[UUID, list[MarkReset]] = {}
    for row in await session.execute(_RESETS, ids):
        resets.setdefault(row.mandate_id, []).append(MarkReset(row.mark, row.valid_from))
    past: dict[UUID, list[PastPeriod]] = {}
    states = [status.value for status in charged]
    for row in await session.execute(_PAST, ids | {"charged": states}):
        found = PastPeriod(row.starts_at, row.mark, row.loss_forgiven)
        past.setdefault(row.mandate_id, []).append(found)
    return {
        row.id: Standing(
            Agreement(
                row.opening_mark, tuple(terms.get(row.id, ())), tuple(resets.get(row.id, ()))
            ),
            tuple(past.get(row.id, ())),
        )
        for row in await session.execute(_OPENING, ids)
    }
