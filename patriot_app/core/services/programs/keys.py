"""API keys: scoped, expiring, revocable; the secret is shown once and only its hash is kept."""

import hmac
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.domain.accountability import need_reason
from patriot_app.core.domain.api_keys import (
    KEYS_MAX,
    LASTS_MAX,
    PER_MINUTE_MAX,
    PREFIX,
    hash_secret,
)
from patriot_app.core.domain.api_scopes import Scope, parse_scopes
from patriot_app.core.domain.events import ApiKeyCreated, ApiKeyRevoked
from patriot_app.core.domain.network_addresses import parse_networks
from patriot_app.core.errors import Invalid, NotFound, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.schema.programs import ApiKey
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import UnitOfWork

NAME_LENGTH_MAX = 120
NAME_BYTES, SECRET_BYTES = 6, 32

_COUNT = text(
    "SELECT count(*) FROM api_keys WHERE user_id = :user_id AND revoked_at IS NULL"
    " AND expires_at > :now"
)
_FIND = text("SELECT user_id, prefix FROM api_keys WHERE id = :id")
_REVOKE = text(
    "UPDATE api_keys SET revoked_at = :now WHERE id = :id AND revoked_at IS NULL RETURNING id"
)


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key as it is shown once; `secret` exists here and with its person and nowhere else."""

    key_id: UUID
    prefix: str
    secret: str = field(repr=False)
    expires_at: datetime


async def create_key(
    uow: UnitOfWork,
    *,
    name: str,
    scopes: Collection[str],
    lasts: timedelta,
    per_minute: int,
    addresses: str = "",
    seed: str = "",
) -> NewKey:
    """Make a key for the actor's own programs.

    Args:
        addresses: addresses and networks it may be used from; empty: from everywhere.
        seed: random and known to the asking browser alone; whoever shows it again is shown the
            secret again (`shown_again`). Empty: nobody ever is.

    Raises:
        Invalid: a message per field; Refused: he has too many.
    """
    assert uow.actor.user_id is not None
    called = name.strip()
    if not called or len(called) > NAME_LENGTH_MAX:
        raise Invalid({"name": f"Please give a name of at most {NAME_LENGTH_MAX} characters"})
    if not timedelta(0) < lasts <= LASTS_MAX:
        raise Invalid({"days": f"A key lasts 1 to {LASTS_MAX.days} days"})
    if not 1 <= per_minute <= PER_MINUTE_MAX:
        raise Invalid({"per_minute": f"1 to {PER_MINUTE_MAX} requests a minute"})
    granted = parse_scopes(scopes)
    parse_networks(addresses, field="addresses")
    held = await uow.session.execute(_COUNT, {"user_id": uow.actor.user_id, "now": uow.now})
    if held.scalar_one() >= KEYS_MAX:
        raise Refused(f"You have {KEYS_MAX} keys; revoke one first")
    return _kept(uow, called, granted, uow.now + lasts, per_minute, addresses, seed)


def shown_again(key_id: UUID, prefix: str, expires_at: datetime, *, seed: str) -> NewKey:
    """Return a key as it was shown to the browser that brought the seed."""
    return NewKey(key_id, prefix, _secret(key_id, prefix, seed), expires_at)


async def revoke_key(
    uow: UnitOfWork, key_id: UUID, *, reason: str = "By the person himself"
) -> None:
    """Void a key at once; voiding it again changes nothing.

    Raises:
        Invalid: no reason; NotFound: no such key, or somebody else's and the actor is no staff.
    """
    need_reason(reason)
    row = (await uow.session.execute(_FIND, {"id": key_id})).one_or_none()
    if row is None or (row.user_id != uow.actor.user_id and not uow.actor.is_staff):
        raise NotFound("There is no such key")
    revoked = await uow.session.execute(_REVOKE, {"id": key_id, "now": uow.now})
    if revoked.scalar_one_or_none() is not None:
        uow.record(ApiKeyRevoked(client_id=row.user_id, prefix=row.prefix, reason=reason))
        uow.touch("sign_ins")


def _kept(
    uow: UnitOfWork,
    name: str,
    scopes: tuple[Scope, ...],
    expires_at: datetime,
    per_minute: int,
    addresses: str,
    seed: str,
) -> NewKey:
    assert uow.actor.user_id is not None
    key_id, prefix = new_id(), f"{PREFIX}{secrets.token_hex(NAME_BYTES)}"
    secret = _secret(key_id, prefix, seed or secrets.token_urlsafe(SECRET_BYTES))
    pepper = _pepper()
    uow.session.add(
        ApiKey(
            id=key_id,
            user_id=uow.actor.user_id,
            name=name,
            prefix=prefix,
            secret_hash=hash_secret(secret, pepper=pepper),
            scopes=[scope.value for scope in scopes],
            addresses=addresses.strip(),
            per_minute=per_minute,
            expires_at=expires_at,
        )
    )
    uow.record(
        ApiKeyCreated(
            client_id=uow.actor.user_id,
            prefix=prefix,
            name=name,
            scopes=tuple(scope.value for scope in scopes),
            expires_at=expires_at,
        )
    )
    uow.touch("sign_ins")
    return NewKey(key_id, prefix, secret, expires_at)


def _secret(key_id: UUID, prefix: str, seed: str) -> str:
    """Return the secret of a seed; without pepper and seed, of which none is stored, nobody can."""
    digest = hmac.new(_pepper(), f"api-key-secret|{key_id}|{seed}".encode(), sha256).digest()
    return f"{prefix}_{urlsafe_b64encode(digest).decode().rstrip('=')}"


def _pepper() -> bytes:
    return read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
