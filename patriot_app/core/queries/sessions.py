"""Who is signed in."""

import hashlib
import hmac
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.staff_access import HAS_ACCESS
from patriot_app.core.domain.devices import device_name
from patriot_app.core.domain.network_addresses import Network, may_come_from, parse_networks
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Actor, Role
from patriot_app.core.domain.users import UserStatus, may_sign_in
from patriot_app.core.queries.reader import reading
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import begin

TOUCH_EVERY = timedelta(minutes=1)
STEP_UP_LASTS = timedelta(minutes=5)

_ANYBODY = text("SELECT EXISTS (SELECT 1 FROM users)")
_BY_TOKEN = text(
    "SELECT s.id, s.user_id, s.csrf_token, s.last_seen_at, s.idle_seconds,"  # noqa: S608
    " s.expires_at,"
    " s.stepped_up_at, u.name, u.roles, u.status, u.totp_box IS NOT NULL AS has_factor"
    " FROM sessions AS s JOIN users AS u ON u.id = s.user_id"
    " WHERE s.token_hash = :hash AND s.ended_at IS NULL"
    f" AND {HAS_ACCESS}"
)
_TOUCH = text(
    "UPDATE sessions SET last_seen_at = :now, ip = coalesce(nullif(:ip, ''), ip) WHERE id = :id"
)
_LIVE = (
    "ended_at IS NULL AND expires_at > :now"
    " AND last_seen_at + make_interval(secs => idle_seconds) >= :now"
)
_OWN = text(
    "SELECT id, ip, user_agent, created_at, last_seen_at, expires_at FROM sessions"  # noqa: S608
    f" WHERE user_id = :user_id AND {_LIVE} ORDER BY last_seen_at DESC LIMIT 100"
)
_LIVE_AMONG = text(
    "SELECT s.id, u.status, u.roles FROM sessions AS s"  # noqa: S608 - a condition of ours
    " JOIN users AS u ON u.id = s.user_id"
    " WHERE s.id = ANY(:ids) AND s.ended_at IS NULL AND s.expires_at > :now"
    f" AND {HAS_ACCESS}"
)


@dataclass(frozen=True, slots=True)
class SessionActor:
    """Who a session token belongs to, as the server knows it at this moment.

    Attributes:
        must_enrol: nothing else is open to him before he has set up a second factor.
    """

    actor: Actor
    session_id: UUID
    user_id: UUID
    csrf_token: str = field(repr=False)
    expires_at: datetime
    stepped_up_at: datetime | None
    status: UserStatus
    must_enrol: bool = False

    def has_stepped_up(self, now: datetime) -> bool:
        """Tell whether the person proved himself within the last five minutes."""
        return self.stepped_up_at is not None and now - self.stepped_up_at <= STEP_UP_LASTS


@dataclass(frozen=True, slots=True)
class OpenSession:
    """One signed-in browser of a person; `is_current` is the one that asks."""

    session_id: UUID
    ip: str
    device: str
    started_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


async def first_run_needed() -> bool:
    """Tell whether nobody exists yet, so that the first visit creates the administrator."""
    async with reading(VISITOR) as session:
        return not (await session.execute(_ANYBODY)).scalar_one()


def hash_token(token: str) -> bytes:
    """Return what is stored of a session token."""
    pepper = read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    return hmac.new(pepper, token.encode(), hashlib.sha256).digest()


async def actor_for_token(
    token: str, *, ip: str = "", touch: bool = True, clock: Clock | None = None
) -> SessionActor | None:
    """Return who a token belongs to; None if it is unknown, ended, idle or expired."""
    return await find(hash_token(token), ip=ip, touch=touch, clock=clock) if token else None


async def find(
    token_hash: bytes, *, ip: str = "", touch: bool = True, clock: Clock | None = None
) -> SessionActor | None:
    """Return who the hash of a token belongs to; None if it is unknown, ended, idle or expired.

    The session notes that it was seen, at most once a minute: that alone is written here, because
    every event of every page comes through.

    Args:
        ip: where the person is now; "" leaves the address as it was.
        touch: False where nobody acted, such as a page that refreshes by itself.
    """
    now = (clock or SystemClock()).now()
    async with reading(VISITOR) as session:
        row = (await session.execute(_BY_TOKEN, {"hash": token_hash, "now": now})).one_or_none()
    if row is None or now >= row.expires_at or not may_sign_in(row.status, row.roles):
        return None
    if now - row.last_seen_at > timedelta(seconds=row.idle_seconds):
        return None
    roles = frozenset(Role(role) for role in row.roles)
    is_staff = bool(roles & STAFF_ROLES)
    if is_staff and ip and not may_come_from(ip, _staff_networks()):
        return None
    if touch and now - row.last_seen_at > TOUCH_EVERY:
        async with begin(VISITOR, clock=clock) as uow:
            await uow.session.execute(_TOUCH, {"now": now, "ip": ip, "id": row.id})
    return SessionActor(
        actor=Actor(
            user_id=row.user_id,
            name=row.name,
            roles=roles,
            surface="console" if is_staff else "portal",
            session_id=row.id,
        ),
        session_id=row.id,
        user_id=row.user_id,
        csrf_token=row.csrf_token,
        expires_at=row.expires_at,
        stepped_up_at=row.stepped_up_at,
        status=UserStatus(row.status),
        must_enrol=is_staff and not row.has_factor and get_settings().must_staff_enrol,
    )


async def own_sessions(actor: Actor, *, clock: Clock | None = None) -> tuple[OpenSession, ...]:
    """Return the browsers in which the actor is signed in, the one that asks first."""
    now = (clock or SystemClock()).now()
    async with reading(actor) as session:
        rows = await session.execute(_OWN, {"user_id": actor.user_id, "now": now})
    found = [
        OpenSession(
            session_id=row.id,
            ip=row.ip,
            device=device_name(row.user_agent),
            started_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            is_current=row.id == actor.session_id,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda one: not one.is_current))


async def ended_among(
    session_ids: Collection[UUID], *, clock: Clock | None = None
) -> frozenset[UUID]:
    """Return which of some sessions were ended, ran out, or belong to somebody shut out.

    Idleness is not looked at: a page that is only watched must not vanish under its reader's eyes;
    its next event is refused.
    """
    if not session_ids:
        return frozenset()
    now = (clock or SystemClock()).now()
    async with reading(VISITOR) as session:
        rows = await session.execute(_LIVE_AMONG, {"ids": list(session_ids), "now": now})
        live = {row.id for row in rows if may_sign_in(row.status, row.roles)}
    return frozenset(session_ids) - live


def _staff_networks() -> tuple[Network, ...]:
    return parse_networks(get_settings().staff_addresses, field="PATRIOT_STAFF_ADDRESSES")
