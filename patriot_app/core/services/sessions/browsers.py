"""Open a browser's session, and let it go on under a new token after a fresh proof."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain import events
from patriot_app.core.domain.devices import device_name
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.session_lives import SessionLife, session_life
from patriot_app.core.domain.throttling import FAMILIAR_FOR
from patriot_app.core.errors import NotFound
from patriot_app.core.ids import new_id
from patriot_app.core.services.sessions.proofs import Proved, password_pepper, prove
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import UnitOfWork, begin

TOKEN_BYTES = 32
_USER_AGENT_LENGTH = 300

_EMAIL_OF = text(
    "SELECT u.email FROM sessions AS s JOIN users AS u ON u.id = s.user_id"
    " WHERE s.id = :session_id AND s.ended_at IS NULL AND s.expires_at > :now"
)
_IS_NEW_DEVICE = text(
    "SELECT count(*) > 0 AND NOT coalesce(bool_or(ip = :ip OR user_agent = :user_agent), false)"
    " FROM sessions WHERE user_id = :user_id AND created_at > :since"
)
_OPEN = text(
    "INSERT INTO sessions (id, user_id, token_hash, csrf_token, ip, user_agent, last_seen_at,"
    " stepped_up_at, idle_seconds, expires_at) VALUES (:id, :user_id, :token_hash, :csrf_token,"
    " :ip, :user_agent, :now, :stepped_up_at, :idle_seconds, :expires_at)"
)
_ROTATE = text(
    "UPDATE sessions SET token_hash = :token_hash, csrf_token = :csrf_token, stepped_up_at = :now,"
    " last_seen_at = :now WHERE id = :id AND ended_at IS NULL RETURNING expires_at"
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun; `token` exists here and in the cookie and nowhere else.

    Attributes:
        must_enrol: nothing else is open to him before he has set up a second factor.
    """

    session_id: UUID
    user_id: UUID
    is_staff: bool
    token: str = field(repr=False)
    csrf_token: str = field(repr=False)
    expires_at: datetime
    must_enrol: bool = False


async def sign_in(
    email: str,
    password: str,
    *,
    totp: str = "",
    ip: str,
    user_agent: str,
    clock: Clock | None = None,
) -> SignedIn:
    """Open a session for who gives the right e-mail, password and, if enrolled, code.

    It counts as the proof that grave acts need, as long as such a proof lasts. The token is new
    whatever the browser brought along, so that nobody can be given a session that another knows.

    Raises:
        Throttled: too many failures; Refused: not right, or the person is suspended or closed.
    """
    person = await prove(email, password, totp=totp, ip=ip, clock=clock)
    async with begin(VISITOR, clock=clock) as uow:
        return await open_session(uow, person, ip=ip, user_agent=user_agent)


async def begin_registered(
    user_id: UUID, *, ip: str, user_agent: str, clock: Clock | None = None
) -> SignedIn:
    """Open the first session of a customer who has just registered himself.

    His password was hashed a moment ago and its link is used up by the same request; checking it
    again would only cost another hash.
    """
    person = Proved(user_id, is_staff=False, has_factor=False)
    async with begin(VISITOR, clock=clock) as uow:
        return await open_session(uow, person, ip=ip, user_agent=user_agent)


async def step_up(
    session_id: UUID, password: str, *, totp: str = "", ip: str, clock: Clock | None = None
) -> SignedIn:
    """Prove again who one is; the session goes on under a new token.

    Raises:
        Throttled: too many failures; Refused: not right; NotFound: the session has ended.
    """
    now = (clock or SystemClock()).now()
    async with begin(VISITOR, clock=clock) as uow:
        email = (
            await uow.session.execute(_EMAIL_OF, {"session_id": session_id, "now": now})
        ).scalar_one_or_none()
    if email is None:
        raise NotFound("The session has ended; please sign in again")
    person = await prove(email, password, totp=totp, ip=ip, clock=clock)
    token, csrf_token = _new_token(), _new_token()
    async with begin(VISITOR, clock=clock) as uow:
        rotated = await uow.session.execute(
            _ROTATE,
            {
                "id": session_id,
                "token_hash": hash_token(token),
                "csrf_token": csrf_token,
                "now": uow.now,
            },
        )
        expires_at = rotated.scalar_one_or_none()
        if expires_at is None:
            raise NotFound("The session has ended; please sign in again")
        uow.record(events.SteppedUp(client_id=person.id, ip=ip))
    return SignedIn(
        session_id, person.id, person.is_staff, token, csrf_token, expires_at, _must_enrol(person)
    )


def hash_token(token: str) -> bytes:
    """Return what is stored of a session token."""
    return hmac.new(password_pepper(), token.encode(), hashlib.sha256).digest()


async def open_session(
    uow: UnitOfWork, person: Proved, *, ip: str, user_agent: str, is_proof: bool = True
) -> SignedIn:
    """Open a session for somebody who has proved who he is.

    Args:
        is_proof: the way he came in counts as the proof that grave acts need.
    """
    user_agent = user_agent[:_USER_AGENT_LENGTH]
    token, csrf_token = _new_token(), _new_token()
    life = _life(person)
    session_id, expires_at = new_id(), uow.now + life.whole
    await _tell_of_new_device(uow, person, ip=ip, user_agent=user_agent)
    await uow.session.execute(
        _OPEN,
        {
            "id": session_id,
            "user_id": person.id,
            "token_hash": hash_token(token),
            "csrf_token": csrf_token,
            "ip": ip,
            "user_agent": user_agent,
            "now": uow.now,
            "stepped_up_at": uow.now if is_proof else None,
            "idle_seconds": int(life.idle.total_seconds()),
            "expires_at": expires_at,
        },
    )
    uow.record(events.SignedIn(client_id=person.id, ip=ip, user_agent=user_agent))
    uow.touch("sign_ins")
    return SignedIn(
        session_id, person.id, person.is_staff, token, csrf_token, expires_at, _must_enrol(person)
    )


async def _tell_of_new_device(uow: UnitOfWork, person: Proved, *, ip: str, user_agent: str) -> None:
    """Tell a person who was here before of a browser that is new in name and in place."""
    bound = {
        "user_id": person.id,
        "ip": ip,
        "user_agent": user_agent,
        "since": uow.now - FAMILIAR_FOR,
    }
    if (await uow.session.execute(_IS_NEW_DEVICE, bound)).scalar_one():
        uow.record(events.NewDeviceSeen(client_id=person.id, device=device_name(user_agent), ip=ip))


def _life(person: Proved) -> SessionLife:
    settings = get_settings()
    return session_life(
        is_staff=person.is_staff,
        staff_idle_s=settings.staff_idle_s,
        staff_session_s=settings.staff_session_s,
        client_idle_s=settings.client_idle_s,
        client_session_s=settings.client_session_s,
    )


def _must_enrol(person: Proved) -> bool:
    return person.is_staff and not person.has_factor and get_settings().must_staff_enrol


def _new_token() -> str:
    return secrets.token_urlsafe(TOKEN_BYTES)
