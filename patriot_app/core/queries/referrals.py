"""Who recommended the desk to whom: the desk's list, and a customer's own code."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, build, fetch

_TRADES = (
    "EXISTS (SELECT 1 FROM accounts AS a JOIN fills AS f ON f.account_id = a.id"
    " WHERE a.client_id = r.client_id)"
)
_TABLE = Table(
    columns="r.client_id AS id, c.name, c.status, w.name, r.referrer_id, r.code, r.created_at,"
    f" c.approved_at, {_TRADES} AS has_traded",
    source="referrals AS r JOIN users AS c ON c.id = r.client_id"
    " JOIN users AS w ON w.id = r.referrer_id",
    sorts={"client": "c.name", "referrer": "w.name", "registered_at": "r.created_at"},
    filters={"status": "c.status = :status", "referrer_id": "r.referrer_id = :referrer_id"},
    search="c.name ILIKE :pattern OR w.name ILIKE :pattern OR r.code ILIKE :pattern",
    default="r.created_at DESC, r.client_id",
)
_OWN = text(
    "SELECT c.code, (SELECT count(*) FROM referrals AS r WHERE r.referrer_id = c.client_id)"
    " FROM referral_codes AS c WHERE c.client_id = :client_id"
)


@dataclass(frozen=True, slots=True)
class ReferralView:
    """One person who came through another.

    Attributes:
        id: of the person who came.
        has_traded: at least one order of his was filled.
    """

    id: UUID
    client: str
    status: str
    referrer: str
    referrer_id: UUID
    code: str
    registered_at: datetime
    approved_at: datetime | None
    has_traded: bool


@dataclass(frozen=True, slots=True)
class OwnReferral:
    """A customer's code, empty before he asked for one, and how many registered with it.

    Who they are is theirs to tell.
    """

    code: str = ""
    registered: int = 0


async def page(actor: Actor, request: PageRequest) -> Page[ReferralView]:
    """Return one page, newest first; for the desk. Filters: status, referrer_id."""
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(build(ReferralView, row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def own(actor: Actor) -> OwnReferral:
    """Return the actor's own code."""
    async with reading(actor) as session:
        row = (await session.execute(_OWN, {"client_id": actor.user_id})).one_or_none()
    return OwnReferral() if row is None else OwnReferral(*row)
