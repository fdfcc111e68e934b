"""Access tokens of programs: short-lived, signed (JWT, RFC 7519 and 9068; EdDSA, RFC 8037).

There is one algorithm and one kind of token, so the header is compared and never read: no token can
choose how it is checked. What a token says is not believed for long, and not without the database.
"""

import base64
import binascii
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from patriot_app.core.domain.api_scopes import Scope
from patriot_app.core.errors import Refused
from patriot_app.core.signatures import Signer, is_signed_by

AUDIENCE = "patriot-api"
LIFE_MAX = timedelta(hours=1)
SKEW = timedelta(seconds=30)
TOKEN_LENGTH_MAX = 4_000


@dataclass(frozen=True, slots=True)
class AccessClaims:
    """What a token says.

    Attributes:
        version: the person's token version when it was made; raising that voids all his tokens.
        family_id: the chain of refresh tokens it belongs to; it ends with that.
    """

    user_id: UUID
    family_id: UUID
    version: int
    scopes: tuple[Scope, ...]
    issued_at: datetime
    expires_at: datetime


class TokenRefused(Refused):
    """The token is not one of ours, or not good any more; why is for the log."""


def _encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


_HEADER = _encoded(json.dumps({"alg": "EdDSA", "typ": "at+jwt"}, separators=(",", ":")).encode())


def make_access_token(claims: AccessClaims, *, issuer: str, signer: Signer) -> str:
    """Return a signed token."""
    assert claims.expires_at - claims.issued_at <= LIFE_MAX
    payload = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": str(claims.user_id),
        "fam": str(claims.family_id),
        "ver": claims.version,
        "scope": " ".join(claims.scopes),
        "iat": int(claims.issued_at.timestamp()),
        "exp": int(claims.expires_at.timestamp()),
    }
    body = _encoded(json.dumps(payload, separators=(",", ":")).encode())
    signed = f"{_HEADER}.{body}"
    return f"{signed}.{_encoded(signer.sign(signed.encode()))}"


def read_access_token(
    token: str, *, issuer: str, public_keys: Collection[bytes], now: datetime
) -> AccessClaims:
    """Return what a token says, if one of our keys signed it and it is good now.

    Raises:
        TokenRefused: it is anything else.
    """
    parts = token.split(".")
    if len(token) > TOKEN_LENGTH_MAX or len(parts) != 3 or parts[0] != _HEADER:
        raise TokenRefused("not a token of ours")
    signed = f"{parts[0]}.{parts[1]}".encode()
    signature = _decoded(parts[2])
    if not any(is_signed_by(key, signature, signed) for key in public_keys):
        raise TokenRefused("the signature is not ours")
    return _checked(_parsed(_decoded(parts[1])), issuer=issuer, now=now)


def _decoded(part: str) -> bytes:
    try:
        return base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise TokenRefused("not base64url") from error


def _parsed(body: bytes) -> dict[str, Any]:
    try:
        payload = json.loads(body)
    except ValueError as error:
        raise TokenRefused("not JSON") from error
    if not isinstance(payload, dict):
        raise TokenRefused("not an object")
    return payload


def _checked(payload: dict[str, Any], *, issuer: str, now: datetime) -> AccessClaims:
    if payload.get("iss") != issuer or payload.get("aud") != AUDIENCE:
        raise TokenRefused("not made for this desk")
    try:
        claims = AccessClaims(
            user_id=UUID(payload["sub"]),
            family_id=UUID(payload["fam"]),
            version=int(payload["ver"]),
            scopes=tuple(Scope(name) for name in payload["scope"].split()),
            issued_at=datetime.fromtimestamp(payload["iat"], UTC),
            expires_at=datetime.fromtimestamp(payload["exp"], UTC),
        )
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise TokenRefused("a claim is missing or is not what it should be") from error
    if now >= claims.expires_at or claims.expires_at - claims.issued_at > LIFE_MAX:
        raise TokenRefused("expired")
    if claims.issued_at > now + SKEW:
        raise TokenRefused("not good yet")
    return claims
