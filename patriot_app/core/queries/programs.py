"""Which person's program asks, as the database knows it at this moment; and the keys there are."""

import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.staff_access import HAS_ACCESS
from patriot_app.core.domain.access_tokens import TokenRefused, read_access_token
from patriot_app.core.domain.api_keys import PER_MINUTE_DEFAULT, hash_secret, prefix_of
from patriot_app.core.domain.api_scopes import Scope
from patriot_app.core.domain.network_addresses import may_come_from, parse_networks
from patriot_app.core.domain.permissions import STAFF_ROLES, VISITOR, Actor, Role
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.queries.reader import reading
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.signatures import Signer
from patriot_app.core.unit_of_work import begin

NOTED_EVERY = timedelta(minutes=1)

_KEY = text(
    "SELECT k.id, k.user_id, k.secret_hash, k.scopes, k.addresses, k.per_minute,"  # noqa: S608
    " k.last_used_at,"
    " u.name, u.roles FROM api_keys AS k JOIN users AS u ON u.id = k.user_id"
    " WHERE k.prefix = :prefix AND k.revoked_at IS NULL AND k.expires_at > :now"
    f" AND u.status = :active AND {HAS_ACCESS}"
)
_NOTE_USE = text("UPDATE api_keys SET last_used_at = :now, last_used_ip = :ip WHERE id = :id")
_PERSON = text(
    "SELECT u.name, u.roles FROM users AS u"  # noqa: S608 - a condition of ours
    " WHERE u.id = :user_id AND u.status = :active"
    f" AND {HAS_ACCESS} AND u.token_version = :version AND EXISTS (SELECT 1 FROM refresh_tokens AS r"
    " WHERE r.family_id = :family_id AND r.ended_at IS NULL)"
)
_OWN_KEYS = text(
    "SELECT id, name, prefix, scopes, addresses, per_minute, created_at, expires_at, last_used_at,"
    " last_used_ip, revoked_at FROM api_keys WHERE user_id = :user_id"
    " ORDER BY revoked_at IS NOT NULL, created_at DESC LIMIT 100"
)


@dataclass(frozen=True, slots=True)
class Program:
    """A program that was let in.

    Attributes:
        limit_key: what its requests are counted under.
    """

    actor: Actor
    scopes: tuple[Scope, ...]
    limit_key: str
    per_minute: int


@dataclass(frozen=True, slots=True)
class KeyView:
    """One API key of a person, without its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    addresses: str
    per_minute: int
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_used_ip: str
    revoked_at: datetime | None


async def by_access_token(token: str, *, ip: str, clock: Clock | None = None) -> Program | None:
    """Return whose program an access token belongs to; None if it is not good now."""
    now = (clock or SystemClock()).now()
    settings = get_settings()
    signer = Signer(read_key(settings.token_key_file, name="PATRIOT_TOKEN_KEY_FILE"))
    try:
        claims = read_access_token(
            token, issuer=settings.public_url, public_keys=[signer.public_key], now=now
        )
    except TokenRefused:
        return None
    async with reading(VISITOR) as session:
        bound = {
            "user_id": claims.user_id,
            "active": UserStatus.ACTIVE.value,
            "version": claims.version,
            "family_id": claims.family_id,
            "now": now,
        }
        row = (await session.execute(_PERSON, bound)).one_or_none()
    if row is None or not _may_staff_come(row.roles, ip):
        return None
    return Program(
        actor=_actor(claims.user_id, row.name, row.roles),
        scopes=claims.scopes,
        limit_key=f"person:{claims.user_id}",
        per_minute=PER_MINUTE_DEFAULT,
    )


async def by_api_key(key: str, *, ip: str, clock: Clock | None = None) -> Program | None:
    """Return whose program an API key belongs to; None if it is not good now and from here."""
    now = (clock or SystemClock()).now()
    prefix = prefix_of(key)
    if not prefix:
        return None
    async with reading(VISITOR) as session:
        bound = {"prefix": prefix, "now": now, "active": UserStatus.ACTIVE.value}
        row = (await session.execute(_KEY, bound)).one_or_none()
    pepper = read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    given = hash_secret(key, pepper=pepper)
    if row is None or not hmac.compare_digest(bytes(row.secret_hash), given):
        return None
    allowed = parse_networks(row.addresses, field="addresses")
    if not may_come_from(ip, allowed) or not _may_staff_come(row.roles, ip):
        return None
    if row.last_used_at is None or now - row.last_used_at > NOTED_EVERY:
        async with begin(VISITOR, clock=clock) as uow:
            await uow.session.execute(_NOTE_USE, {"now": now, "ip": ip, "id": row.id})
    return Program(
        actor=_actor(row.user_id, row.name, row.roles),
        scopes=tuple(Scope(name) for name in row.scopes),
        limit_key=f"key:{row.id}",
        per_minute=row.per_minute,
    )


async def own_keys(actor: Actor) -> tuple[KeyView, ...]:
    """Return the actor's own API keys, those in use first."""
    async with reading(actor) as session:
        rows = await session.execute(_OWN_KEYS, {"user_id": actor.user_id})
        return tuple(KeyView(*row) for row in rows)


def _actor(user_id: UUID, name: str, roles: list[str]) -> Actor:
    return Actor(
        user_id=user_id,
        name=name,
        roles=frozenset(Role(role) for role in roles),
        surface="api",
    )


def _may_staff_come(roles: list[str], ip: str) -> bool:
    if not any(Role(role) in STAFF_ROLES for role in roles):
        return True
    allowed = parse_networks(get_settings().staff_addresses, field="PATRIOT_STAFF_ADDRESSES")
    return may_come_from(ip, allowed)
