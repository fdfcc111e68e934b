"""Another e-mail address: asked for by its person, true once the link sent there came back.

The address is what a person signs in with and where links to new passwords go, so nobody's changes
before somebody who reads mail there has said so; the former address hears of the wish at once. A
desk that sends no e-mail confirms it itself, with a reason, by the address as the person tells it.
"""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.db.locks import lock
from patriot_app.core.db.served_requests import recall, remember
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import UserEmailChangeAsked, UserEmailChanged
from patriot_app.core.domain.notifications import CHANNEL_EMAIL
from patriot_app.core.domain.staff import need_agreed
from patriot_app.core.domain.users import mask_email, normalise_email
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork

TOKEN_BYTES = 32
LINK_LASTS = timedelta(hours=24)
ASKED_PER_DAY = 5
REQUEST_ID_LENGTH_MAX = 80
LINK_PATH = "/confirm-email"
NOT_GOOD = "This link is not good any more; ask for the change again"

_IS_TAKEN = text("SELECT EXISTS (SELECT 1 FROM users WHERE lower(email) = :email)")
_OWN = text("SELECT email FROM users WHERE id = :user_id")
_LATELY = text(
    "SELECT count(*) FROM email_changes WHERE user_id = :user_id AND created_at > :since"
)
_VOID = text("UPDATE email_changes SET used_at = :now WHERE user_id = :user_id AND used_at IS NULL")
_KEEP = text(
    "INSERT INTO email_changes (id, user_id, email, token_hash, expires_at)"
    " VALUES (:id, :user_id, :email, :token_hash, :expires_at)"
)
_MAIL = text(
    "INSERT INTO notifications (id, event_id, email_change_id, is_secret, channel, severity, title,"
    " body) VALUES (:id, :event_id, :email_change_id, true, :channel, 'notice', :title, :body)"
)
_OF_LINK = text(
    "SELECT c.id, c.user_id, c.email, u.email AS former FROM email_changes AS c"
    " JOIN users AS u ON u.id = c.user_id"
    " WHERE c.token_hash = :token_hash AND c.used_at IS NULL AND c.expires_at > :now"
)
_OPEN = text(
    "SELECT c.email, u.email AS former FROM email_changes AS c JOIN users AS u ON u.id = c.user_id"
    " WHERE c.user_id = :user_id AND c.used_at IS NULL AND c.expires_at > :now"
    " AND ('customer' = ANY(u.roles)) = :is_client ORDER BY c.created_at DESC, c.id DESC LIMIT 1"
)
_ROLES = text("SELECT roles FROM users WHERE id = :user_id")
_SET = text("UPDATE users SET email = :email WHERE id = :user_id")


@dataclass(frozen=True, slots=True)
class Wished:
    """A change that waits for its link."""

    user_id: UUID
    email: str


async def ask(uow: UnitOfWork, email: str) -> str:
    """Send a link to the address that the actor wants to have; return that address.

    An address that somebody else has gets the same answer, and its link leads nowhere: who is
    registered here is told to nobody.

    Raises:
        Invalid: field "email"; Refused: it is his already, or he asked too often today.
    """
    user_id = uow.actor.user_id
    assert user_id is not None
    address = normalise_email(email)
    await lock(uow.session, "email_change", str(user_id))
    own = (await uow.session.execute(_OWN, {"user_id": user_id})).scalar_one()
    if own == address:
        raise Invalid({"email": "This is your address already"})
    lately = {"user_id": user_id, "since": uow.now - timedelta(days=1)}
    if (await uow.session.execute(_LATELY, lately)).scalar_one() >= ASKED_PER_DAY:
        raise Refused("You asked for another address several times today; try again tomorrow")
    await uow.session.execute(_VOID, {"user_id": user_id, "now": uow.now})
    token, change_id = secrets.token_urlsafe(TOKEN_BYTES), new_id()
    await uow.session.execute(
        _KEEP,
        {
            "id": change_id,
            "user_id": user_id,
            "email": address,
            "token_hash": _hash(token),
            "expires_at": uow.now + LINK_LASTS,
        },
    )
    event_id = uow.record(UserEmailChangeAsked(client_id=user_id, email=mask_email(address)))
    await uow.session.execute(
        _MAIL,
        {
            "id": new_id(),
            "event_id": event_id,
            "email_change_id": change_id,
            "channel": CHANNEL_EMAIL,
            "title": "Confirm your new address",
            "body": "Somebody wants to sign in at the desk with this address. If that was you, open"
            f" this link within {LINK_LASTS.total_seconds() / 3600:.0f} hours:\n\n"
            f"{get_settings().public_url.rstrip('/')}{LINK_PATH}?token={token}\n\nIf not, do"
            " nothing.",
        },
    )
    return address


async def confirm(uow: UnitOfWork, token: str, *, request_id: str = "") -> Wished:
    """Let a person have the address that his link was sent to; nobody is signed in by it.

    Args:
        request_id: the same id within a day gives the first answer again.

    Raises:
        Refused: the link is unknown, used or too old, or the address is somebody else's meanwhile.
    """
    scope = f"confirm-email:{_hash(token).hex()}"
    request_id = request_id[:REQUEST_ID_LENGTH_MAX] or str(new_id())
    before = await recall(uow.session, scope=scope, request_id=request_id, now=uow.now)
    if before is not None:
        user_id = UUID(before["user_id"])
        own = (await uow.session.execute(_OWN, {"user_id": user_id})).scalar_one()
        return Wished(user_id, own)
    bound = {"token_hash": _hash(token), "now": uow.now}
    change = (await uow.session.execute(_OF_LINK, bound)).one_or_none()
    if change is None:
        raise Refused(NOT_GOOD)
    await lock(uow.session, "email_change", str(change.user_id))
    change = (await uow.session.execute(_OF_LINK, bound)).one_or_none()
    if change is None:
        raise Refused(NOT_GOOD)
    await lock(uow.session, "person", change.email)
    if (await uow.session.execute(_IS_TAKEN, {"email": change.email})).scalar_one():
        raise Refused(NOT_GOOD)
    await _set(uow, change.user_id, former=change.former, email=change.email, reason="")
    await remember(
        uow.session,
        scope=scope,
        request_id=request_id,
        answer={"user_id": str(change.user_id)},
        now=uow.now,
    )
    return Wished(change.user_id, change.email)


async def confirm_of_client(uow: UnitOfWork, user_id: UUID, *, email: str, reason: str) -> None:
    """Let a client have the address that he asked for, on a desk that sends no e-mail.

    Args:
        email: as the person told it to whoever confirms; it must be the one he asked for himself.

    Raises:
        Invalid: no reason, or another address than he asked for; Refused: this desk sends e-mail,
            he asked for none, he is of the staff, or the address is somebody else's.
    """
    await _confirm_by_desk(uow, user_id, email=email, reason=reason, is_client=True)


async def confirm_of_member(
    uow: UnitOfWork, user_id: UUID, *, email: str, reason: str, is_agreed: bool = False
) -> None:
    """Let a member of the desk have the address that he asked for, where no e-mail is sent.

    Args:
        is_agreed: a second person agreed, or the desk has only one.

    Raises:
        Invalid, Refused: as for a client, oneself, or an administrator without a second person.
    """
    if user_id == uow.actor.user_id:
        raise Refused("Another person must confirm your address")
    roles = (await uow.session.execute(_ROLES, {"user_id": user_id})).scalar_one_or_none()
    need_agreed(roles or (), is_agreed=is_agreed)
    await _confirm_by_desk(uow, user_id, email=email, reason=reason, is_client=False)


async def _confirm_by_desk(
    uow: UnitOfWork, user_id: UUID, *, email: str, reason: str, is_client: bool
) -> None:
    need_reason(reason)
    if get_settings().smtp_url:
        raise Refused("This desk sends e-mail: the address is confirmed by the link sent there")
    await lock(uow.session, "email_change", str(user_id))
    bound = {"user_id": user_id, "now": uow.now, "is_client": is_client}
    change = (await uow.session.execute(_OPEN, bound)).one_or_none()
    if change is None:
        raise Refused("This person asked for no other address, or too long ago")
    if normalise_email(email) != change.email:
        raise Invalid({"email": "This is not the address that the person asked for"})
    await lock(uow.session, "person", change.email)
    if (await uow.session.execute(_IS_TAKEN, {"email": change.email})).scalar_one():
        raise Refused("Somebody has this address already")
    await _set(uow, user_id, former=change.former, email=change.email, reason=reason)


async def _set(uow: UnitOfWork, user_id: UUID, *, former: str, email: str, reason: str) -> None:
    await uow.session.execute(_VOID, {"user_id": user_id, "now": uow.now})
    await uow.session.execute(_SET, {"user_id": user_id, "email": email})
    uow.record(
        UserEmailChanged(
            client_id=user_id,
            email=mask_email(email),
            email_before=mask_email(former),
            reason=reason,
        )
    )
    uow.touch("clients", "staff")


def _hash(token: str) -> bytes:
    return sha256(f"email-change|{token}".encode()).digest()
