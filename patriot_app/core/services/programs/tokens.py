"""Tokens of programs: a short access token, and a refresh token that is good once.

A refresh token that comes a second time is in two hands. Which of them is the thief's cannot be
told, so the whole family ends and the person signs in again.
"""

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from patriot_app.core.clock import Clock
from patriot_app.core.db.staff_access import HAS_ACCESS
from patriot_app.core.domain.access_tokens import AccessClaims, make_access_token
from patriot_app.core.domain.api_scopes import Scope, parse_scopes
from patriot_app.core.domain.events import RefreshTokenReused, TokenFamilyEnded, TokensIssued
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.users import UserStatus
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.signatures import Signer
from patriot_app.core.unit_of_work import UnitOfWork, begin

TOKEN_BYTES = 32
REFRESH_LASTS = timedelta(days=7)
NOT_GOOD = "The refresh token is not good any more; sign in again"

_VERSION = text(
    "SELECT u.token_version FROM users AS u WHERE u.id = :user_id AND u.status = :active"  # noqa: S608
    f" AND {HAS_ACCESS}"
)
_KEEP = text(
    "INSERT INTO refresh_tokens (id, family_id, user_id, token_hash, scopes, ip, expires_at)"
    " VALUES (:id, :family_id, :user_id, :token_hash, :scopes, :ip, :expires_at)"
)
_USE = text(
    "UPDATE refresh_tokens SET used_at = :now WHERE token_hash = :token_hash AND used_at IS NULL"
    " AND ended_at IS NULL AND expires_at > :now RETURNING family_id, user_id, scopes"
)
_FAMILY = text(
    "SELECT family_id, user_id, used_at FROM refresh_tokens WHERE token_hash = :token_hash"
)
_END = text(
    "UPDATE refresh_tokens SET ended_at = :now WHERE family_id = :family_id AND ended_at IS NULL"
    " RETURNING id"
)


@dataclass(frozen=True, slots=True)
class Issued:
    """What a program is given; neither token is kept by us."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_lasts: timedelta
    scopes: tuple[Scope, ...]


async def begin_family(
    uow: UnitOfWork, user_id: UUID, *, scopes: Collection[str], ip: str
) -> Issued:
    """Give a person's program its first tokens, after he has proved who he is.

    Raises:
        Invalid: no such scope; Refused: he is not active.
    """
    granted = parse_scopes(scopes)
    issued = await _issue(uow, user_id, new_id(), granted, ip=ip)
    uow.record(
        TokensIssued(client_id=user_id, ip=ip, scopes=tuple(scope.value for scope in granted))
    )
    return issued


async def refresh(token: str, *, ip: str, clock: Clock | None = None) -> Issued:
    """Give new tokens for a refresh token, which is used up by it.

    Raises:
        Refused: unknown, expired, ended, or used before: then its whole family has ended.
    """
    token_hash = _hash(token)
    async with begin(VISITOR, clock=clock) as uow:
        bound = {"token_hash": token_hash, "now": uow.now}
        row = (await uow.session.execute(_USE, bound)).one_or_none()
        if row is not None:
            scopes = tuple(Scope(name) for name in row.scopes)
            return await _issue(uow, row.user_id, row.family_id, scopes, ip=ip)
        found = (await uow.session.execute(_FAMILY, {"token_hash": token_hash})).one_or_none()
        if found is not None and found.used_at is not None:
            await _end_stolen(uow, found, ip=ip)
    raise Refused(NOT_GOOD)


async def end_family(uow: UnitOfWork, token: str) -> None:
    """End a chain of tokens by one of its refresh tokens; an unknown one changes nothing."""
    found = (await uow.session.execute(_FAMILY, {"token_hash": _hash(token)})).one_or_none()
    if found is not None:
        await _end(uow, found, reason="Revoked")


async def _end_stolen(uow: UnitOfWork, token: Any, *, ip: str) -> None:
    if await _end(uow, token, reason="A refresh token came twice"):
        uow.record(RefreshTokenReused(client_id=token.user_id, ip=ip))


async def _end(uow: UnitOfWork, token: Any, *, reason: str) -> bool:
    ended = await uow.session.execute(_END, {"family_id": token.family_id, "now": uow.now})
    was_alive = bool(ended.all())
    if was_alive:
        uow.record(TokenFamilyEnded(client_id=token.user_id, reason=reason))
    return was_alive


async def _issue(
    uow: UnitOfWork, user_id: UUID, family_id: UUID, scopes: tuple[Scope, ...], *, ip: str
) -> Issued:
    bound = {"user_id": user_id, "active": UserStatus.ACTIVE.value, "now": uow.now}
    version = (await uow.session.execute(_VERSION, bound)).scalar_one_or_none()
    if version is None:
        raise Refused(NOT_GOOD)
    settings = get_settings()
    lasts = timedelta(seconds=settings.access_token_s)
    token = secrets.token_urlsafe(TOKEN_BYTES)
    await uow.session.execute(
        _KEEP,
        {
            "id": new_id(),
            "family_id": family_id,
            "user_id": user_id,
            "token_hash": _hash(token),
            "scopes": [scope.value for scope in scopes],
            "ip": ip,
            "expires_at": uow.now + REFRESH_LASTS,
        },
    )
    access = make_access_token(
        _claims(user_id, family_id, version, scopes, now=uow.now, lasts=lasts),
        issuer=settings.public_url,
        signer=Signer(read_key(settings.token_key_file, name="PATRIOT_TOKEN_KEY_FILE")),
    )
    return Issued(access, token, lasts, scopes)


def _claims(
    user_id: UUID,
    family_id: UUID,
    version: int,
    scopes: tuple[Scope, ...],
    *,
    now: datetime,
    lasts: timedelta,
) -> AccessClaims:
    return AccessClaims(
        user_id=user_id,
        family_id=family_id,
        version=version,
        scopes=scopes,
        issued_at=now,
        expires_at=now + lasts,
    )


def _hash(token: str) -> bytes:
    pepper = read_key(get_settings().session_pepper_file, name="PATRIOT_SESSION_PEPPER_FILE")
    return hmac.new(pepper, f"refresh|{token}".encode(), hashlib.sha256).digest()
