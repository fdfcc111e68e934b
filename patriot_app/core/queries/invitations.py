"""Invitations: the desk's list, and what the page behind a link may show."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.invitations import (
    REFUSALS,
    UNKNOWN_LINK,
    InvitationState,
    hash_token,
    state_of,
)
from patriot_app.core.domain.permissions import VISITOR, Actor, sees_personal_data
from patriot_app.core.domain.users import mask_email
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.queries.page import Page, PageRequest
from patriot_app.core.queries.reader import desk_reading, reading
from patriot_app.core.queries.tables import Table, fetch

T = TypeVar("T", "InvitationView", "Welcome")

_MAILED = (
    "LATERAL (SELECT n.sent_at AS mailed_at, n.given_up_at, n.error FROM notifications AS n"
    " WHERE n.invitation_id = i.id ORDER BY n.created_at DESC LIMIT 1)"
)
_STATE = (
    "CASE WHEN i.used_at IS NOT NULL THEN 'used' WHEN i.revoked_at IS NOT NULL THEN 'revoked'"
    " WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END"
)
_TABLE = Table(
    columns=f"i.id, i.email, i.name, {_STATE}, i.sent_at, i.expires_at, i.used_at, i.user_id,"
    " coalesce(u.name, ''), m.mailed_at, m.given_up_at IS NOT NULL, coalesce(m.error, '')",
    source=f"invitations AS i LEFT JOIN users AS u ON u.id = i.created_by"
    f" LEFT JOIN {_MAILED} AS m ON true",
    counted="invitations AS i",
    sorts={"name": "i.name", "sent_at": "i.sent_at", "expires_at": "i.expires_at"},
    filters={"state": f"{_STATE} = :state"},
    search="i.name ILIKE :pattern OR i.email ILIKE :pattern OR i.id::text = :search",
    default="i.sent_at DESC, i.id",
)
_BY_TOKEN = text(
    "SELECT id, email, name, used_at, revoked_at, expires_at FROM invitations"
    " WHERE token_hash = :token_hash OR id = (SELECT invitation_id FROM registration_codes"
    " WHERE ticket_hash = :token_hash AND ticket_expires_at > now())"
)
_BY_ID = text("SELECT id, email, name FROM invitations WHERE id = :id")
_AWAITING = text(
    "SELECT count(*) FROM users WHERE status = 'pending_verification' AND 'customer' = ANY(roles)"
)


@dataclass(frozen=True, slots=True)
class InvitationView:
    """One line of the desk's list.

    Attributes:
        state: "open", "used", "expired" or "revoked".
        is_given_up: its e-mail will not be sent; `mail_error` says why.
    """

    id: UUID
    email: str
    name: str
    state: str
    sent_at: datetime
    expires_at: datetime
    used_at: datetime | None
    user_id: UUID | None
    invited_by: str
    mailed_at: datetime | None
    is_given_up: bool
    mail_error: str


@dataclass(frozen=True, slots=True)
class Welcome:
    """Whom an invitation is for."""

    invitation_id: UUID
    email: str
    name: str


async def page(actor: Actor, request: PageRequest) -> Page[InvitationView]:
    """Return one page of invitations, newest first; addresses are masked as in `users.page`.

    Filters: state. Search: name, e-mail, id.
    """
    async with desk_reading(actor) as session:
        rows, total = await fetch(session, _TABLE, request)
    items = tuple(_shown_to(actor, InvitationView(*row)) for row in rows)
    return Page(items=items, total=total, page=request.page, size=request.limit)


async def get(actor: Actor, invitation_id: UUID) -> Welcome:
    """Return one invitation to the desk.

    Raises:
        NotFound: there is none.
    """
    async with desk_reading(actor) as session:
        row = (await session.execute(_BY_ID, {"id": invitation_id})).one_or_none()
    if row is None:
        raise NotFound("There is no such invitation")
    return _shown_to(actor, Welcome(*row))


async def awaiting_approval(actor: Actor) -> int:
    """Return how many customers wait for the desk to approve them."""
    async with desk_reading(actor) as session:
        return int((await session.execute(_AWAITING)).scalar_one())


async def welcome(token: str) -> Welcome:
    """Return whom a link is for.

    Raises:
        Refused: unknown, used, withdrawn or expired.
    """
    async with reading(VISITOR) as session:
        found = await session.execute(_BY_TOKEN, {"token_hash": hash_token(token)})
        row = found.one_or_none()
    if row is None:
        raise Refused(UNKNOWN_LINK)
    state = state_of(
        used_at=row.used_at,
        revoked_at=row.revoked_at,
        expires_at=row.expires_at,
        now=SystemClock().now(),
    )
    if state is not InvitationState.OPEN:
        raise Refused(REFUSALS[state])
    return Welcome(row.id, row.email, row.name)


async def address_of(token: str) -> str:
    """Return the address that a link was sent to, whether it is still good or not.

    Raises:
        Refused: the link is unknown.
    """
    async with reading(VISITOR) as session:
        found = await session.execute(_BY_TOKEN, {"token_hash": hash_token(token)})
        row = found.one_or_none()
    if row is None:
        raise Refused(UNKNOWN_LINK)
    return str(row.email)


def _shown_to(actor: Actor, invitation: T) -> T:
    if sees_personal_data(actor):
        return invitation
    return replace(invitation, email=mask_email(invitation.email))
