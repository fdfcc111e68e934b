"""New passwords: by oneself, by a link that came by e-mail, or by one that the desk handed over.

Nobody but the person learns the password, a link opens no session, and the second factor is asked
for at the next sign-in as ever. What the old password had let in is put out.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.served_requests import recall, remember
from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.events import PasswordChanged, PasswordLinkSent
from patriot_app.core.domain.notifications import CHANNEL_EMAIL
from patriot_app.core.domain.passwords import validate_password
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Actor, Role
from patriot_app.core.domain.users import may_sign_in
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork, begin

TOKEN_BYTES = 32
LINK_LASTS = timedelta(minutes=15)
FIRST_LINK_LASTS = timedelta(hours=24)
"""Of a person who has no password yet, who must first be reached."""
LINKS_PER_HOUR = 3
REQUEST_ID_LENGTH_MAX = 80
LINK_PATH = "/new-password"
NOT_GOOD = "This link is not good any more; ask for another"

_PERSON = text("SELECT id, name, email, status, roles FROM users WHERE lower(email) = :email")
_BY_ID = text(
    "SELECT id, name, email, status, roles, password_hash IS NOT NULL AS has_password"
    " FROM users WHERE id = :id"
)
_LINKS_LATELY = text(
    "SELECT count(*) FROM password_links WHERE user_id = :user_id AND expires_at > :since"
)
_KEEP = text(
    "INSERT INTO password_links (id, user_id, token_hash, expires_at)"
    " VALUES (:id, :user_id, :token_hash, :expires_at)"
)
_MAIL = text(
    "INSERT INTO notifications (id, event_id, user_id, is_secret, channel, severity, title, body)"
    " VALUES (:id, :event_id, :user_id, true, :channel, 'notice', :title, :body)"
)
_OF_LINK = text(
    "SELECT u.id, u.email, u.roles, u.status FROM password_links AS l"
    " JOIN users AS u ON u.id = l.user_id"
    " WHERE l.token_hash = :token_hash AND l.used_at IS NULL AND l.expires_at > :now"
)
_USE = text(
    "UPDATE password_links SET used_at = :now WHERE token_hash = :token_hash AND used_at IS NULL"
    " AND expires_at > :now RETURNING user_id"
)
_VOID_LINKS = text(
    "UPDATE password_links SET used_at = :now WHERE user_id = :user_id AND used_at IS NULL"
)
_SET = text(
    "UPDATE users SET password_hash = :encoded, token_version = token_version + 1 WHERE id = :id"
)
_END_SESSIONS = text(
    "UPDATE sessions SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
    " AND id IS DISTINCT FROM :kept"
)
_END_TOKENS = text(
    "UPDATE refresh_tokens SET ended_at = :now WHERE user_id = :user_id AND ended_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class HandedOut:
    """A link to a new password, which is shown once and then known to the person alone."""

    link: str
    expires_at: datetime


async def ask_for_link(email: str, *, ip: str, clock: Clock | None = None) -> None:
    """Send a link to the person of an address; whether there is one is not told.

    Three an hour at most: a mailbox must not be flooded by who knows its address.
    """
    async with begin(VISITOR, clock=clock) as uow:
        found = await uow.session.execute(_PERSON, {"email": email.strip().lower()[:254]})
        person = found.one_or_none()
    if person is None or not may_sign_in(person.status, person.roles):
        return
    himself = Actor(person.id, person.name, frozenset(), "sign_in")
    async with begin(himself, clock=clock) as uow:
        lately = {"user_id": person.id, "since": uow.now + LINK_LASTS - timedelta(hours=1)}
        if (await uow.session.execute(_LINKS_LATELY, lately)).scalar_one() >= LINKS_PER_HOUR:
            return
        link = await _make_link(uow, person.id, lasts=LINK_LASTS)
        event_id = uow.record(PasswordLinkSent(client_id=person.id, way="e-mail", ip=ip))
        await uow.session.execute(
            _MAIL,
            {
                "id": new_id(),
                "event_id": event_id,
                "user_id": person.id,
                "channel": CHANNEL_EMAIL,
                "title": "Set a new password",
                "body": (
                    f"Open this within {LINK_LASTS.seconds // 60} minutes to set a new password:\n"
                    f"{link}\n\nSomebody at {ip or 'an unknown address'} asked for it. If that was"
                    " not you, do nothing: your password stays as it is."
                ),
            },
        )


async def hand_out_link(uow: UnitOfWork, user_id: UUID, *, reason: str) -> HandedOut:
    """Make a link for the desk to hand to a person whom it knows, also his first one.

    Raises:
        Invalid: no reason; NotFound; Refused: oneself, no staff, or the person may not sign in.
    """
    need_reason(reason)
    if not uow.actor.is_staff:
        raise Refused("Only the desk hands out links")
    if user_id == uow.actor.user_id:
        raise Refused("Change your own password on its page")
    person = (await uow.session.execute(_BY_ID, {"id": user_id})).one_or_none()
    if person is None:
        raise NotFound("There is no such person")
    if not may_sign_in(person.status, person.roles):
        raise Refused(f"{person.name} may not sign in")
    uow.record(PasswordLinkSent(client_id=user_id, way="desk", ip="", reason=reason))
    lasts = LINK_LASTS if person.has_password else FIRST_LINK_LASTS
    link = await _make_link(uow, user_id, lasts=lasts)
    return HandedOut(link, expires_at=uow.now + lasts)


async def redeem_link(
    token: str, password: str, *, request_id: str = "", clock: Clock | None = None
) -> None:
    """Set a new password by a link, which is used up by it; nobody is signed in.

    Args:
        request_id: the same id again within a day changes nothing and is no error.

    Raises:
        Refused: the link is unknown, used or too old; Invalid: field "password".
    """
    now = (clock or SystemClock()).now()
    bound = {"token_hash": _hash(token), "now": now}
    scope = f"new-password:{_hash(token).hex()}"
    request_id = request_id[:REQUEST_ID_LENGTH_MAX] or str(new_id())
    async with begin(VISITOR, clock=clock) as uow:
        if await recall(uow.session, scope=scope, request_id=request_id, now=now) is not None:
            return
        person = (await uow.session.execute(_OF_LINK, bound)).one_or_none()
    if person is None or not may_sign_in(person.status, person.roles):
        raise Refused(NOT_GOOD)
    encoded = await _checked_hash(password, email=person.email, roles=person.roles)
    async with begin(VISITOR, clock=clock) as uow:
        if await recall(uow.session, scope=scope, request_id=request_id, now=now) is not None:
            return
        if (await uow.session.execute(_USE, bound)).scalar_one_or_none() is None:
            raise Refused(NOT_GOOD)
        await _set(uow, person.id, encoded, kept=None, way="link")
        await remember(uow.session, scope=scope, request_id=request_id, answer={}, now=now)


async def change_own(uow: UnitOfWork, password: str) -> None:
    """Set the actor's own password; his session goes on, all others end.

    Raises:
        Invalid: field "password".
    """
    assert uow.actor.user_id is not None
    person = (await uow.session.execute(_BY_ID, {"id": uow.actor.user_id})).one()
    encoded = await _checked_hash(password, email=person.email, roles=person.roles)
    await _set(uow, person.id, encoded, kept=uow.actor.session_id, way="own")


async def _make_link(uow: UnitOfWork, user_id: UUID, *, lasts: timedelta) -> str:
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await uow.session.execute(
        _KEEP,
        {
            "id": new_id(),
            "user_id": user_id,
            "token_hash": _hash(token),
            "expires_at": uow.now + lasts,
        },
    )
    return f"{get_settings().public_url.rstrip('/')}{LINK_PATH}?token={token}"


async def _checked_hash(password: str, *, email: str, roles: list[str]) -> str:
    is_staff = any(Role(role) in STAFF_ROLES for role in roles)
    validate_password(password, email=email, is_staff=is_staff)
    settings = get_settings()
    return await passwords.hash_password(
        password,
        pepper=read_key(settings.session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE"),
        cost=passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes),
    )


async def _set(
    uow: UnitOfWork, user_id: UUID, encoded: str, *, kept: UUID | None, way: str
) -> None:
    bound = {"user_id": user_id, "now": uow.now, "kept": kept}
    await uow.session.execute(_SET, {"id": user_id, "encoded": encoded})
    await uow.session.execute(_END_SESSIONS, bound)
    await uow.session.execute(_END_TOKENS, {"user_id": user_id, "now": uow.now})
    await uow.session.execute(_VOID_LINKS, {"user_id": user_id, "now": uow.now})
    uow.record(PasswordChanged(client_id=user_id, way=way))
    uow.touch("sessions", "sign_ins")


def _hash(token: str) -> bytes:
    return sha256(f"password-link|{token}".encode()).digest()
