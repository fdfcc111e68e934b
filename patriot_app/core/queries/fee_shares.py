"""Partners' shares of fees, with what each has brought its partner."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading
from patriot_app.core.queries.tables import Table, build, fetch

MANDATES_MAX = 500
_CREDITED = "coalesce((SELECT sum(c.amount) FROM share_credits AS c WHERE c.share_id = s.id), 0)"
_TABLE = Table(
    columns="s.id, p.name, u.name, m.name, m.currency, s.rate, s.first_month, s.last_month,"
    f" {_CREDITED} AS credited, s.mandate_id, m.client_id",
    source="fee_shares AS s JOIN partners AS p ON p.id = s.partner_id"
    " JOIN mandates AS m ON m.id = s.mandate_id JOIN users AS u ON u.id = m.client_id",
    sorts={
        "partner": "p.name",
        "client": "u.name",
        "rate": "s.rate",
        "first_month": "s.first_month",
        "credited": _CREDITED,
    },
    filters={"client_id": "m.client_id = :client_id", "mandate_id": "s.mandate_id = :mandate_id"},
    search="p.name ILIKE :pattern OR u.name ILIKE :pattern OR m.name ILIKE :pattern",
    default="p.name, u.name, s.first_month, s.id",
)
_MANDATES = text(
    "SELECT m.id, u.name || ' · ' || m.name FROM mandates AS m JOIN users AS u ON u.id = m.client_id"
    " WHERE m.ends_at IS NULL ORDER BY u.name, m.name, m.id LIMIT :count"
)


@dataclass(frozen=True, slots=True)
class FeeShareView:
    """One share; months are their first days, both included.

    Attributes:
        credited: to the partner so far, in the mandate's currency.
    """

    id: UUID
    partner: str
    client: str
    mandate: str
    currency: str
    rate: Decimal
    first_month: date
    last_month: date | None
    credited: Decimal
    mandate_id: UUID
    client_id: UUID


async def page(actor: Actor, request: PageRequest) -> Page[FeeShareView]:
    """Return one page of shares; for the desk. Filters: client_id, mandate_id."""
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(FeeShareView, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def mandates(actor: Actor) -> tuple[tuple[UUID, str], ...]:
    """Return mandates in force with their names, to choose one of; at most MANDATES_MAX."""
    async with desk_reading(actor) as session:
        rows = await session.execute(_MANDATES, {"count": MANDATES_MAX})
        return tuple((row[0], row[1]) for row in rows)
