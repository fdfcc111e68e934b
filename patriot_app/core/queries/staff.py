"""Who works here or audits: roles, second factor, when they came in last."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.permissions import Actor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import AnyRow, Table, build, fetch

_COLUMNS = (
    "u.id, u.name, u.email, u.status, u.status_reason, u.roles, u.access_until, u.created_at,"
    " u.password_hash IS NOT NULL, u.totp_box IS NOT NULL, came.last_sign_in_at, came.sessions,"
    " waiting.proposals, wished.email"
)
_SOURCE = (
    "users AS u LEFT JOIN LATERAL (SELECT max(s.created_at) AS last_sign_in_at,"
    " count(*) FILTER (WHERE s.ended_at IS NULL AND s.expires_at > now()) AS sessions"
    " FROM sessions AS s WHERE s.user_id = u.id) AS came ON true"
    " LEFT JOIN LATERAL (SELECT count(*) AS proposals FROM proposals AS p"
    " WHERE p.state = 'proposed' AND p.expires_at > now()"
    " AND p.kind IN ('change_roles', 'reset_second_factor', 'suspend_administrator',"
    " 'reactivate_administrator', 'confirm_address')"
    " AND p.subject_key = u.id::text) AS waiting ON true"
    " LEFT JOIN LATERAL (SELECT c.email FROM email_changes AS c WHERE c.user_id = u.id"
    " AND c.used_at IS NULL AND c.expires_at > now() ORDER BY c.created_at DESC, c.id DESC LIMIT 1)"
    " AS wished ON true"
)
_TABLE = Table(
    columns=_COLUMNS,
    source=_SOURCE,
    counted="users AS u",
    sorts={
        "name": "u.name",
        "status": "u.status",
        "last_sign_in_at": "came.last_sign_in_at",
        "access_until": "u.access_until",
    },
    filters={
        "status": "u.status = :status",
        "role": "CAST(:role AS text) = ANY(u.roles)",
        "factor": "(u.totp_box IS NOT NULL) = (:factor = 'on')",
    },
    search="u.name ILIKE :pattern OR u.email ILIKE :pattern OR u.id::text = :search",
    default="u.name, u.id",
    always="NOT 'customer' = ANY(u.roles)",
)
_ONE = text(
    f"SELECT {_COLUMNS} FROM {_SOURCE}"  # noqa: S608 - constants of this module
    " WHERE u.id = :id AND NOT 'customer' = ANY(u.roles)"
)
_KNOWN = text("SELECT u.name, 'customer' = ANY(u.roles) FROM users AS u WHERE u.id = :id")


@dataclass(frozen=True, slots=True)
class StaffMember:
    """Somebody who works here or audits.

    Attributes:
        access_until: the end of an auditor's access.
        has_password: else he was invited and has not come yet.
        sessions: browsers in which he is signed in.
        proposals: about his access that wait for a second person.
        email_wished: an address that he asked for and that nobody confirmed yet.
    """

    id: UUID
    name: str
    email: str
    status: str
    status_reason: str
    roles: tuple[str, ...]
    access_until: datetime | None
    created_at: datetime
    has_password: bool
    has_second_factor: bool
    last_sign_in_at: datetime | None
    sessions: int
    proposals: int
    email_wished: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """A person whom the desk knows by name."""

    name: str
    is_client: bool


async def page(actor: Actor, request: PageRequest) -> Page[StaffMember]:
    """Return one page of the staff, by name unless sorted otherwise.

    Filters: status, role, factor ("on" or "off"). Search: name, e-mail, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(_member(row) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, user_id: UUID) -> StaffMember:
    """Return one of the staff.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_ONE, {"id": user_id})).one_or_none()
    if row is None:
        raise NotFound("Nobody of the staff has this id")
    return _member(row)


async def known(actor: Actor, user_id: UUID) -> Known:
    """Return whom an id means, client or staff.

    Raises:
        NotFound: nobody.
    """
    async with reading(actor) as session:
        row = (await session.execute(_KNOWN, {"id": user_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such person")
    return Known(*row)


def _member(row: AnyRow) -> StaffMember:
    return build(StaffMember, (*row[:5], tuple(row.roles), *row[6:]))
