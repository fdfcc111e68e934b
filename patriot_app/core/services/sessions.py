"""Sign in, prove again who one is, sign out. Only hashes of tokens are kept.

Signing in is several short transactions and not one unit of work: the try is counted and committed
before the password is looked at, so that parallel guesses count too, and no connection is held
while a hash is computed.
"""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core import passwords
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.locks import lock
from patriot_app.core.db.second_factor_codes import Proof, use_code
from patriot_app.core.domain import events, throttling
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Role
from patriot_app.core.domain.users import may_sign_in
from patriot_app.core.errors import NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork, begin

NOT_RIGHT = "E-mail, password or code is not right"
TOKEN_BYTES = 32
STAFF_IDLE = timedelta(minutes=15)
STAFF_LIFE = timedelta(hours=12)
CLIENT_IDLE = timedelta(hours=12)
CLIENT_LIFE = timedelta(days=7)
_USER_AGENT_LENGTH = 300

_LOOK_UP = text(
    "SELECT id, email, status, roles, password_hash, totp_box, totp_last_step FROM users"
    " WHERE lower(email) = :email"
)
_LOOK_UP_BY_SESSION = text(
    "SELECT u.id, u.email, u.status, u.roles, u.password_hash, u.totp_box, u.totp_last_step"
    " FROM sessions AS s JOIN users AS u ON u.id = s.user_id"
    " WHERE s.id = :session_id AND s.ended_at IS NULL AND s.expires_at > :now"
)
_FAILURES_OF_PERSON = text(
    "SELECT at FROM sign_in_attempts WHERE subject = :subject AND ip = :ip AND NOT succeeded"
    " AND at > greatest(CAST(:since AS timestamptz),"
    " (SELECT max(at) FROM sign_in_attempts WHERE subject = :subject AND ip = :ip AND succeeded))"
    " ORDER BY at"
)
_FAILURES_OF_ADDRESS = text(
    "SELECT at FROM sign_in_attempts WHERE ip = :ip AND NOT succeeded AND at > :since ORDER BY at"
)
_COUNT_FAILURES = text(
    "SELECT count(*) FROM sign_in_attempts WHERE subject = :subject AND NOT succeeded"
    " AND at > :since"
)
_NOTE_TRY = text(
    "INSERT INTO sign_in_attempts (id, subject, ip, at, succeeded)"
    " VALUES (:id, :subject, :ip, :at, false)"
)
_TRY_SUCCEEDED = text("UPDATE sign_in_attempts SET succeeded = true WHERE id = :id")
_FORGET_TRIES = text("DELETE FROM sign_in_attempts WHERE at < :before")
_REHASH = text("UPDATE users SET password_hash = :encoded WHERE id = :id")
_OPEN = text(
    "INSERT INTO sessions (id, user_id, token_hash, csrf_token, ip, user_agent, last_seen_at,"
    " stepped_up_at, idle_seconds, expires_at) VALUES (:id, :user_id, :token_hash, :csrf_token,"
    " :ip, :user_agent, :now, :now, :idle_seconds, :expires_at)"
)
_ROTATE = text(
    "UPDATE sessions SET token_hash = :token_hash, csrf_token = :csrf_token, stepped_up_at = :now,"
    " last_seen_at = :now WHERE id = :id AND ended_at IS NULL RETURNING expires_at"
)
_END = text(
    "UPDATE sessions SET ended_at = :now WHERE id = :id AND ended_at IS NULL RETURNING user_id"
)


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session that has just begun; `token` exists here and in the cookie and nowhere else."""

    session_id: UUID
    user_id: UUID
    is_staff: bool
    token: str
    csrf_token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class _Person:
    id: UUID
    email: str
    status: str
    roles: list[str]
    password_hash: str | None
    totp_box: bytes | None
    totp_last_step: int | None

    @property
    def is_staff(self) -> bool:
        return any(Role(role) in STAFF_ROLES for role in self.roles)


@dataclass(frozen=True, slots=True)
class _Try:
    id: UUID
    subject: str
    ip: str
    person: _Person | None
    now: datetime


def hash_token(token: str, *, pepper: bytes) -> bytes:
    """Return what is stored of a session token."""
    return hmac.new(pepper, token.encode(), hashlib.sha256).digest()


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

    It counts as the proof that grave acts need, as long as such a proof lasts. Every refusal says the same and takes the same work, whether the person exists or not.

    Raises:
        Throttled: too many failures; Refused: not right, or the person is suspended or closed.
    """
    tried = await _note_try(email, ip=ip, clock=clock)
    person = await _proved(tried, password, totp, clock=clock)
    token, csrf_token = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    idle, life = (STAFF_IDLE, STAFF_LIFE) if person.is_staff else (CLIENT_IDLE, CLIENT_LIFE)
    session_id = new_id()
    async with begin(VISITOR, clock=clock) as uow:
        await uow.session.execute(
            _OPEN,
            {
                "id": session_id,
                "user_id": person.id,
                "token_hash": hash_token(token, pepper=_pepper()),
                "csrf_token": csrf_token,
                "ip": ip,
                "user_agent": user_agent[:_USER_AGENT_LENGTH],
                "now": uow.now,
                "idle_seconds": int(idle.total_seconds()),
                "expires_at": uow.now + life,
            },
        )
        await uow.session.execute(_FORGET_TRIES, {"before": uow.now - 24 * throttling.WINDOW})
        uow.record(
            events.SignedIn(client_id=person.id, ip=ip, user_agent=user_agent[:_USER_AGENT_LENGTH])
        )
        expires_at = uow.now + life
    return SignedIn(session_id, person.id, person.is_staff, token, csrf_token, expires_at)


async def step_up(
    session_id: UUID, password: str, *, totp: str = "", ip: str, clock: Clock | None = None
) -> SignedIn:
    """Prove again who one is; the session goes on under a new token.

    Raises:
        Throttled: too many failures; Refused: not right; NotFound: the session has ended.
    """
    now = (clock or SystemClock()).now()
    async with begin(VISITOR, clock=clock) as uow:
        row = (
            await uow.session.execute(_LOOK_UP_BY_SESSION, {"session_id": session_id, "now": now})
        ).one_or_none()
    if row is None:
        raise NotFound("The session has ended; please sign in again")
    person = await _proved(
        await _note_try(row.email, ip=ip, clock=clock), password, totp, clock=clock
    )
    token, csrf_token = secrets.token_urlsafe(TOKEN_BYTES), secrets.token_urlsafe(TOKEN_BYTES)
    async with begin(VISITOR, clock=clock) as uow:
        expires_at = (
            await uow.session.execute(
                _ROTATE,
                {
                    "id": session_id,
                    "token_hash": hash_token(token, pepper=_pepper()),
                    "csrf_token": csrf_token,
                    "now": uow.now,
                },
            )
        ).scalar_one()
        uow.record(events.SteppedUp(client_id=person.id, ip=ip))
    return SignedIn(session_id, person.id, person.is_staff, token, csrf_token, expires_at)


async def sign_out(uow: UnitOfWork, session_id: UUID) -> None:
    """End a session; ending it again changes nothing.

    Raises:
        Refused: it is another person's session and the actor is no staff.
    """
    owner = (
        await uow.session.execute(
            text("SELECT user_id FROM sessions WHERE id = :id"), {"id": session_id}
        )
    ).scalar_one_or_none()
    if owner is None:
        return
    if owner != uow.actor.user_id and not uow.actor.is_staff:
        raise Refused("This session belongs to somebody else")
    ended = await uow.session.execute(_END, {"id": session_id, "now": uow.now})
    if ended.scalar_one_or_none() is not None:
        uow.record(events.SignedOut(client_id=owner))


async def _note_try(email: str, *, ip: str, clock: Clock | None) -> _Try:
    """Count the try before anything is checked; refuse it if there were too many."""
    subject = email.strip().lower()[:254]
    async with begin(VISITOR, clock=clock) as uow:
        await lock(uow.session, "sign_in", ip)
        since = uow.now - throttling.WINDOW
        bound = {"subject": subject, "ip": ip, "since": since}
        mine = list((await uow.session.execute(_FAILURES_OF_PERSON, bound)).scalars())
        address = list((await uow.session.execute(_FAILURES_OF_ADDRESS, bound)).scalars())
        wait = max(
            throttling.wait_of_person(mine, now=uow.now),
            throttling.wait_of_address(address, now=uow.now),
        )
        if wait > timedelta(0):
            raise throttling.Throttled(wait)
        attempt_id = new_id()
        await uow.session.execute(
            _NOTE_TRY, {"id": attempt_id, "subject": subject, "ip": ip, "at": uow.now}
        )
        row = (await uow.session.execute(_LOOK_UP, {"email": subject})).one_or_none()
        return _Try(attempt_id, subject, ip, _Person(*row) if row else None, uow.now)


async def _proved(tried: _Try, password: str, totp: str, *, clock: Clock | None) -> _Person:
    """Return the person if password and code are right.

    Raises:
        Refused: they are not.
    """
    person = tried.person
    encoded = None if person is None else person.password_hash
    cost = _cost()
    is_right = await passwords.check_password(encoded, password, pepper=_pepper(), cost=cost)
    async with begin(VISITOR, clock=clock) as uow:
        may = is_right and person is not None and may_sign_in(person.status, person.roles)
        if may and person is not None and await _code_is_right(uow, person, totp):
            await uow.session.execute(_TRY_SUCCEEDED, {"id": tried.id})
            if encoded is not None and passwords.needs_rehash(encoded, cost=cost):
                fresh = await passwords.hash_password(password, pepper=_pepper(), cost=cost)
                await uow.session.execute(_REHASH, {"id": person.id, "encoded": fresh})
            return person
        await _record_failure(uow, tried)
    raise Refused(NOT_RIGHT)


async def _record_failure(uow: UnitOfWork, tried: _Try) -> None:
    counted = {"subject": tried.subject, "since": tried.now - throttling.WINDOW}
    failures = (await uow.session.execute(_COUNT_FAILURES, counted)).scalar_one()
    reason = "not right"
    if failures >= throttling.ALARM_TRIES:
        reason = f"not right, {failures} times within an hour"
    subject = None if tried.person is None else tried.person.id
    uow.record(
        events.SignInFailed(email=tried.subject, ip=tried.ip, reason=reason, subject=subject)
    )


async def _code_is_right(uow: UnitOfWork, person: _Person, code: str) -> bool:
    if person.totp_box is None:
        return True
    proof = await use_code(
        uow.session,
        person.id,
        totp_box=person.totp_box,
        last_step=person.totp_last_step,
        code=code,
        now=uow.now,
    )
    if proof is Proof.RECOVERY:
        uow.record(events.RecoveryCodeUsed(client_id=person.id))
    return proof is not Proof.WRONG


def _pepper() -> bytes:
    return read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")


def _cost() -> passwords.Cost:
    settings = get_settings()
    return passwords.Cost(memory_kib=settings.argon2_memory_kib, passes=settings.argon2_passes)
