"""Mandates: terms in force and their history."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import build

_OF_CLIENT = text(
    "SELECT m.id, m.name, m.currency, m.time_zone, m.measure, m.withdrawal_policy, m.starts_at,"
    " m.ends_at, m.opening_mark, m.invoice_minimum,"
    " (SELECT array_agg(a.label ORDER BY a.label) FROM mandate_accounts AS j"
    " JOIN accounts AS a ON a.id = j.account_id"
    " WHERE j.mandate_id = m.id AND j.left_at IS NOT DISTINCT FROM m.ends_at) AS accounts"
    " FROM mandates AS m WHERE m.client_id = :client_id ORDER BY m.starts_at DESC"
)
_TERMS = text(
    "SELECT t.mandate_id, t.rate, t.valid_from FROM mandate_terms AS t"
    " JOIN mandates AS m ON m.id = t.mandate_id WHERE m.client_id = :client_id"
    " ORDER BY t.valid_from DESC"
)


@dataclass(frozen=True, slots=True)
class TermView:
    """A rate and the market time from which it holds."""

    rate: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class MandateView:
    """One agreement with the labels of its accounts and its rates, newest first."""

    id: UUID
    name: str
    currency: str
    time_zone: str
    measure: str
    withdrawal_policy: str
    starts_at: datetime
    ends_at: datetime | None
    opening_mark: Decimal
    invoice_minimum: Decimal
    accounts: tuple[str, ...]
    terms: tuple[TermView, ...]


async def of_client(actor: Actor, client_id: UUID) -> tuple[MandateView, ...]:
    """Return a client's mandates, newest first; for another client's there are none to see."""
    bound = {"client_id": client_id}
    async with reading(actor) as session:
        mandates = (await session.execute(_OF_CLIENT, bound)).all()
        terms: dict[UUID, list[TermView]] = {}
        for term in await session.execute(_TERMS, bound):
            terms.setdefault(term.mandate_id, []).append(TermView(term.rate, term.valid_from))
    return tuple(
        build(
            MandateView,
            (*row[:-1], tuple(row.accounts or ()), tuple(terms.get(row.id, ()))),
        )
        for row in mandates
    )
