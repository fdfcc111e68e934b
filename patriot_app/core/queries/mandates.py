"""Mandates: terms in force and their history."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import TextClause, text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.reader import reading
from patriot_app.core.queries.tables import build

_MANDATES = (
    "SELECT m.id, m.name, m.currency, m.time_zone, m.starts_at, m.ends_at, m.opening_mark,"
    " (SELECT array_agg(a.label ORDER BY a.label) FROM mandate_accounts AS j"
    " JOIN accounts AS a ON a.id = j.account_id"
    " WHERE j.mandate_id = m.id AND j.left_at IS NOT DISTINCT FROM m.ends_at) AS accounts"
    " FROM mandates AS m"
)
_OF_CLIENT = text(f"{_MANDATES} WHERE m.client_id = :id ORDER BY m.starts_at DESC, m.id")
_ONE = text(f"{_MANDATES} WHERE m.id = :id")
_TERMS = text(
    "SELECT mandate_id, rate, measure, withdrawal_policy, hurdle, invoice_minimum, valid_from"
    " FROM mandate_terms WHERE mandate_id = ANY(:ids) ORDER BY valid_from DESC"
)
_MARKS = text(
    "SELECT mandate_id, mark, valid_from, reason FROM mandate_marks"
    " WHERE mandate_id = ANY(:ids) ORDER BY valid_from DESC"
)


@dataclass(frozen=True, slots=True)
class TermView:
    """What the fee is, and the market time from which it holds."""

    rate: Decimal
    measure: str
    withdrawal_policy: str
    hurdle: Decimal
    invoice_minimum: Decimal
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class MarkView:
    """A mark that was set anew, and the market time from which it holds."""

    mark: Decimal
    valid_from: datetime
    reason: str


@dataclass(frozen=True, slots=True)
class MandateView:
    """One agreement with the labels of its accounts; terms and marks newest first."""

    id: UUID
    name: str
    currency: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime | None
    opening_mark: Decimal
    accounts: tuple[str, ...]
    terms: tuple[TermView, ...]
    marks: tuple[MarkView, ...]


async def of_client(actor: Actor, client_id: UUID) -> tuple[MandateView, ...]:
    """Return a client's mandates, newest first; for another client's there are none to see."""
    return await _views(actor, _OF_CLIENT, client_id)


async def get(actor: Actor, mandate_id: UUID) -> MandateView:
    """Return one mandate.

    Raises:
        NotFound: there is none, or it is another's.
    """
    found = await _views(actor, _ONE, mandate_id)
    if not found:
        raise NotFound(f"There is no mandate {mandate_id}")
    return found[0]


async def _views(actor: Actor, statement: TextClause, wanted: UUID) -> tuple[MandateView, ...]:
    async with reading(actor) as session:
        mandates = (await session.execute(statement, {"id": wanted})).all()
        ids = {"ids": [row.id for row in mandates]}
        terms: dict[UUID, list[TermView]] = {}
        for row in await session.execute(_TERMS, ids):
            terms.setdefault(row.mandate_id, []).append(build(TermView, row[1:]))
        marks: dict[UUID, list[MarkView]] = {}
        for row in await session.execute(_MARKS, ids):
            marks.setdefault(row.mandate_id, []).append(build(MarkView, row[1:]))
    return tuple(
        build(
            MandateView,
            (
                *row[:-1],
                tuple(row.accounts or ()),
                tuple(terms.get(row.id, ())),
                tuple(marks.get(row.id, ())),
            ),
        )
        for row in mandates
    )
