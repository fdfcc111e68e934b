"""Ask a person to register: invite, send again, withdraw. The link itself is kept by nobody."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.loading import get_for_update
from patriot_app.core.db.locks import lock
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import (
    InvitationRevoked,
    InvitationSent,
    RegistrationCodeIssued,
)
from patriot_app.core.domain.invitations import (
    CODE_BYTES,
    CODE_LASTS,
    LINK_LASTS,
    LINK_PATH,
    InvitationState,
    code_from,
    hash_token,
    state_of,
)
from patriot_app.core.domain.notifications import CHANNEL_EMAIL
from patriot_app.core.domain.users import normalise_email
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.invitations import Invitation, RegistrationCode
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

TOKEN_BYTES = 32
DAYS_MAX = 30
NAME_LENGTH_MAX = 120

_IS_TAKEN = text("SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = :email)")
_OPEN = text(
    "SELECT id, expires_at FROM invitations"
    " WHERE lower(email) = :email AND used_at IS NULL AND revoked_at IS NULL"
)
_VOID = text("UPDATE invitations SET revoked_at = :now WHERE id = :id")
_MAIL = text(
    "INSERT INTO notifications (id, event_id, invitation_id, is_secret, channel, severity, title,"
    " body) VALUES (:id, :event_id, :invitation_id, true, :channel, 'notice', :title, :body)"
)


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation with its link, which is shown once and then known to the person alone."""

    invitation_id: UUID
    link: str
    expires_at: datetime


async def invite(
    uow: UnitOfWork, *, email: str, name: str, lasts: timedelta = LINK_LASTS
) -> Invited:
    """Invite a person to register as a customer and send him the link.

    Raises:
        Invalid: not an address, no name, somebody of that address exists or is invited already.
    """
    address = normalise_email(email)
    called = name.strip()
    if not called or len(called) > NAME_LENGTH_MAX:
        raise Invalid({"name": f"Please give a name of at most {NAME_LENGTH_MAX} characters"})
    if not timedelta(0) < lasts <= timedelta(days=DAYS_MAX):
        raise Invalid({"days": f"A link lasts 1 to {DAYS_MAX} days"})
    await lock(uow.session, "invitation", address)
    if (await uow.session.execute(_IS_TAKEN, {"email": address})).scalar_one():
        raise Invalid({"email": "Somebody with this address is registered already"})
    await _void_expired(uow, address)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation = Invitation(
        id=new_id(),
        email=address,
        name=called,
        token_hash=hash_token(token),
        created_by=uow.actor.user_id,
        sent_at=uow.now,
        expires_at=uow.now + lasts,
    )
    uow.session.add(invitation)
    await uow.session.flush()
    return await _send(uow, invitation, token, is_again=False)


async def send_again(
    uow: UnitOfWork, invitation_id: UUID, *, lasts: timedelta = LINK_LASTS
) -> Invited:
    """Send a new link to an invited person; the former link is void.

    Raises:
        NotFound; Refused: used or withdrawn.
    """
    invitation = await get_for_update(uow.session, Invitation, invitation_id)
    _check_unused(invitation, uow.now)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    invitation.token_hash = hash_token(token)
    invitation.sent_at = uow.now
    invitation.expires_at = uow.now + lasts
    return await _send(uow, invitation, token, is_again=True)


async def revoke(uow: UnitOfWork, invitation_id: UUID, *, reason: str) -> None:
    """Withdraw an invitation; its link is void.

    Raises:
        Invalid: no reason; NotFound; Refused: used or withdrawn.
    """
    need_reason(reason)
    invitation = await get_for_update(uow.session, Invitation, invitation_id)
    _check_unused(invitation, uow.now)
    invitation.revoked_at = uow.now
    uow.record(InvitationRevoked(subject=invitation_id, email=invitation.email, reason=reason))
    uow.touch("clients")


async def issue_code(uow: UnitOfWork, invitation_id: UUID) -> str:
    """Return a one-time code by which an invited person can make himself known in a chat.

    Raises:
        NotFound; Refused: used, withdrawn or expired.
    """
    invitation = await get_for_update(uow.session, Invitation, invitation_id)
    _check_unused(invitation, uow.now)
    if _state(invitation, uow.now) is InvitationState.EXPIRED:
        raise Refused("This invitation has expired; send it again first")
    code = code_from(secrets.token_bytes(CODE_BYTES))
    uow.session.add(
        RegistrationCode(
            code_hash=hash_token(code),
            invitation_id=invitation_id,
            expires_at=min(invitation.expires_at, uow.now + CODE_LASTS),
        )
    )
    uow.record(RegistrationCodeIssued(subject=invitation_id))
    return code


def _state(invitation: Invitation, now: datetime) -> InvitationState:
    return state_of(
        used_at=invitation.used_at,
        revoked_at=invitation.revoked_at,
        expires_at=invitation.expires_at,
        now=now,
    )


def _check_unused(invitation: Invitation, now: datetime) -> None:
    state = _state(invitation, now)
    if state is InvitationState.USED:
        raise Refused(f"{invitation.name} has registered already")
    if state is InvitationState.REVOKED:
        raise Refused("This invitation was withdrawn; invite the person again")


async def _void_expired(uow: UnitOfWork, address: str) -> None:
    """Make room for a new invitation in place of one whose time is over.

    Raises:
        Invalid: one is still open.
    """
    row = (await uow.session.execute(_OPEN, {"email": address})).one_or_none()
    if row is None:
        return
    if row.expires_at > uow.now:
        raise Invalid({"email": "This person is invited already; send the link again instead"})
    await uow.session.execute(_VOID, {"id": row.id, "now": uow.now})


async def _send(uow: UnitOfWork, invitation: Invitation, token: str, *, is_again: bool) -> Invited:
    link = f"{get_settings().public_url.rstrip('/')}{LINK_PATH}?token={token}"
    event_id = uow.record(
        InvitationSent(
            subject=invitation.id,
            email=invitation.email,
            name=invitation.name,
            expires_at=invitation.expires_at,
            is_again=is_again,
        )
    )
    await uow.session.execute(
        _MAIL,
        {
            "id": new_id(),
            "event_id": event_id,
            "invitation_id": invitation.id,
            "channel": CHANNEL_EMAIL,
            "title": "Your invitation to the desk",
            "body": f"Good day {invitation.name},\n\nyou are invited to register as a customer."
            f" Open this link:\n\n{link}\n\nIt works once, until"
            f" {invitation.expires_at:%Y-%m-%d %H:%M} UTC. Give it to nobody. If you did not expect"
            " it, do nothing.",
        },
    )
    uow.touch("clients", "notifications")
    return Invited(invitation.id, link, invitation.expires_at)
