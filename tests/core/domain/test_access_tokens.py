"""Tokens of programs: what is not exactly ours, now, is nothing."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from patriot_app.core.domain.access_tokens import (
    AccessClaims,
    TokenRefused,
    make_access_token,
    read_access_token,
)
from patriot_app.core.domain.api_scopes import Scope
from patriot_app.core.signatures import Signer, generate_signing_pair

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)
ISSUER = "https://desk.example"
PRIVATE, PUBLIC = generate_signing_pair()
SIGNER = Signer(PRIVATE)
CLAIMS = AccessClaims(
    user_id=UUID(int=1),
    family_id=UUID(int=2),
    version=3,
    scopes=(Scope.ACCOUNTS_READ,),
    issued_at=NOW,
    expires_at=NOW + timedelta(minutes=15),
)


def read(token: str, *, now: datetime = NOW, issuer: str = ISSUER) -> AccessClaims:
    return read_access_token(token, issuer=issuer, public_keys=[PUBLIC], now=now)


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def with_header(token: str, **header: str) -> str:
    _, body, signature = token.split(".")
    return f"{encoded(json.dumps(header).encode())}.{body}.{signature}"


def with_claims(token: str, **changes: Any) -> str:
    """Return a token of our own making whose claims are others, signed rightly."""
    header, body, _ = token.split(".")
    payload = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))) | changes
    kept = {name: value for name, value in payload.items() if value is not None}
    signed = f"{header}.{encoded(json.dumps(kept).encode())}"
    return f"{signed}.{encoded(SIGNER.sign(signed.encode()))}"


TOKEN = make_access_token(CLAIMS, issuer=ISSUER, signer=SIGNER)


def test_a_token_says_what_it_was_made_of() -> None:
    assert read(TOKEN) == CLAIMS
    header = json.loads(base64.urlsafe_b64decode(TOKEN.split(".")[0] + "=="))
    assert header == {"alg": "EdDSA", "typ": "at+jwt"}


def test_no_token_chooses_how_it_is_checked() -> None:
    signed = TOKEN.rpartition(".")[0]
    keyed = hmac.new(PUBLIC, signed.encode(), hashlib.sha256).digest()
    for forged in (
        with_header(TOKEN, alg="none", typ="at+jwt"),
        with_header(TOKEN, alg="none", typ="at+jwt").rpartition(".")[0] + ".",
        with_header(TOKEN, alg="HS256", typ="at+jwt").rpartition(".")[0] + f".{encoded(keyed)}",
        with_header(TOKEN, alg="RS256", typ="at+jwt"),
        with_header(TOKEN, alg="EdDSA", typ="at+jwt", jwk="{}"),
        f"{signed}.{encoded(keyed)}",
        f"{signed}.",
    ):
        with pytest.raises(TokenRefused):
            read(forged)


def test_a_token_of_another_key_is_refused() -> None:
    other = Signer(generate_signing_pair()[0])
    with pytest.raises(TokenRefused, match="signature"):
        read(make_access_token(CLAIMS, issuer=ISSUER, signer=other))


def test_an_edited_token_is_refused() -> None:
    header, body, signature = TOKEN.split(".")
    edited = base64.urlsafe_b64decode(body + "==").replace(b"accounts", b"position")
    with pytest.raises(TokenRefused, match="signature"):
        read(f"{header}.{encoded(edited)}.{signature}")


def test_a_token_ends_and_was_made_for_this_desk() -> None:
    with pytest.raises(TokenRefused, match="expired"):
        read(TOKEN, now=NOW + timedelta(minutes=15))
    with pytest.raises(TokenRefused, match="not good yet"):
        read(TOKEN, now=NOW - timedelta(minutes=5))
    with pytest.raises(TokenRefused, match="desk"):
        read(TOKEN, issuer="https://other.example")


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "another"},
        {"sub": "nobody"},
        {"fam": None},
        {"ver": "three"},
        {"scope": "accounts:write"},
        {"scope": 7},
        {"exp": "soon"},
        {"exp": 10**30},
        {"exp": int((NOW + timedelta(hours=2)).timestamp())},
    ],
)
def test_claims_that_are_not_what_they_should_be_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        read(with_claims(TOKEN, **changes))


@pytest.mark.parametrize("text", ["", "a.b.c", "....", TOKEN + "x", "x" * 5_000, "ä.ö.ü"])
def test_what_is_no_token_is_refused(text: str) -> None:
    with pytest.raises(TokenRefused):
        read(text)


def test_no_token_lives_longer_than_an_hour() -> None:
    long = replace(CLAIMS, expires_at=NOW + timedelta(hours=2))
    with pytest.raises(AssertionError):
        make_access_token(long, issuer=ISSUER, signer=SIGNER)
