"""Write entries of the books; the database refuses to commit one that does not balance."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from patriot_app.core.domain.journal import EntryKind, postings
from patriot_app.core.ids import new_id

_ENTRIES = text(
    """
    INSERT INTO journal_entries (id, kind, mandate_id, fee_period_id, invoice_id, currency)
    SELECT * FROM unnest(CAST(:id AS uuid[]), CAST(:kind AS text[]), CAST(:mandate_id AS uuid[]),
                         CAST(:fee_period_id AS uuid[]), CAST(:invoice_id AS uuid[]),
                         CAST(:currency AS text[]))
    """
)
_LINES = text(
    """
    INSERT INTO journal_lines (entry_id, account, amount)
    SELECT * FROM unnest(CAST(:entry_id AS uuid[]), CAST(:account AS text[]),
                         CAST(:amount AS numeric[]))
    """
)


@dataclass(frozen=True, slots=True)
class Booking:
    """An entry to be written.

    Attributes:
        amount: to the cent; negative takes an earlier entry of the kind back.
        invoice_id: None before there is one.
    """

    kind: EntryKind
    amount: Decimal
    currency: str
    mandate_id: UUID
    fee_period_id: UUID
    invoice_id: UUID | None = None


async def post(session: AsyncSession, bookings: Sequence[Booking]) -> None:
    """Write entries with their lines; none is no work."""
    if not bookings:
        return
    ids = [new_id() for _ in bookings]
    await session.execute(
        _ENTRIES,
        {
            "id": ids,
            "kind": [one.kind.value for one in bookings],
            "mandate_id": [one.mandate_id for one in bookings],
            "fee_period_id": [one.fee_period_id for one in bookings],
            "invoice_id": [one.invoice_id for one in bookings],
            "currency": [one.currency for one in bookings],
        },
    )
    lines = [
        (entry_id, line)
        for entry_id, one in zip(ids, bookings, strict=True)
        for line in postings(one.kind, one.amount)
    ]
    await session.execute(
        _LINES,
        {
            "entry_id": [entry_id for entry_id, _ in lines],
            "account": [line.account.value for _, line in lines],
            "amount": [line.amount for _, line in lines],
        },
    )
