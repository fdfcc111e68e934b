"""Sign a program in: tokens for a person's proof, new tokens for a refresh token, and their end."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from patriot_app.api.forms import address_of
from patriot_app.api.v1.limits import LIMITS
from patriot_app.api.v1.problems import Problem
from patriot_app.core.domain.api_scopes import Scope
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import programs as queries
from patriot_app.core.services import programs, sessions
from patriot_app.core.services.programs import Issued
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin

router = APIRouter(prefix="/api/v1/auth", tags=["auth"])

REFRESHES_PER_MINUTE = 30

Secret = Annotated[str, Field(max_length=300, repr=False)]


class Credentials(BaseModel):
    """Who asks: a person with his password and code, or the holder of an API key."""

    model_config = ConfigDict(extra="forbid")

    email: Annotated[str, Field(max_length=254)] = ""
    password: Secret = ""
    code: Annotated[str, Field(max_length=40, repr=False)] = ""
    api_key: Secret = ""
    scopes: Annotated[list[Scope], Field(max_length=20)] = list(Scope)


class RefreshToken(BaseModel):
    """A refresh token; it is good once."""

    model_config = ConfigDict(extra="forbid")

    refresh_token: Secret


class Tokens(BaseModel):
    """What a program keeps, and how long it is good."""

    access_token: Annotated[str, Field(repr=False)]
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int
    refresh_token: Annotated[str, Field(repr=False)]
    scope: str


@router.post("/token")
async def token(request: Request, response: Response, given: Credentials) -> Tokens:
    """Give the first tokens. A key gives no more rights than it has itself."""
    ip = address_of(request)
    response.headers["cache-control"] = "no-store"
    if given.api_key:
        return await _for_key(given, ip=ip)
    try:
        person = await sessions.prove(given.email, given.password, totp=given.code, ip=ip)
    except Throttled:
        raise
    except Refused as error:
        raise Problem(401, str(error)) from error
    if person.is_staff and not person.has_factor and get_settings().must_staff_enrol:
        raise Problem(403, "Set up your second factor in the console first")
    async with begin(VISITOR) as uow:
        return _told(await programs.begin_family(uow, person.id, scopes=given.scopes, ip=ip))


@router.post("/refresh")
async def refresh(request: Request, response: Response, given: RefreshToken) -> Tokens:
    """Give new tokens for a refresh token; one that comes twice ends its whole family."""
    ip = address_of(request)
    response.headers["cache-control"] = "no-store"
    budget = LIMITS.spend(f"refresh:{ip}", per_minute=REFRESHES_PER_MINUTE)
    if budget.wait_s:
        raise Problem(429, f"Ask again in {budget.wait_s} s", headers=budget.headers)
    try:
        return _told(await programs.refresh(given.refresh_token, ip=ip))
    except Refused as error:
        raise Problem(401, str(error)) from error


@router.post("/revoke", status_code=204)
async def revoke(given: RefreshToken) -> None:
    """End all tokens that descend from the same sign-in; an unknown token changes nothing."""
    async with begin(VISITOR) as uow:
        await programs.end_family(uow, given.refresh_token)


async def _for_key(given: Credentials, *, ip: str) -> Tokens:
    found = await queries.by_api_key(given.api_key, ip=ip)
    if found is None or found.actor.user_id is None:
        raise Problem(401, "The API key is not good, or not from here")
    scopes = [scope for scope in found.scopes if scope in given.scopes]
    if not scopes:
        raise Invalid({"scopes": "The key has none of these rights"})
    async with begin(VISITOR) as uow:
        issued = await programs.begin_family(uow, found.actor.user_id, scopes=scopes, ip=ip)
    return _told(issued)


def _told(issued: Issued) -> Tokens:
    return Tokens(
        access_token=issued.access_token,
        expires_in=int(issued.access_lasts.total_seconds()),
        refresh_token=issued.refresh_token,
        scope=" ".join(issued.scopes),
    )
