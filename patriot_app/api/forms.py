"""Plain HTML forms: where they may come from, and how they are answered.

A form's page asks with `Accept: application/json` and shows problems at the fields; a browser
without our script gets a redirect with a short code instead. Either way nothing secret comes back.
"""

import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Form, HTTPException, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from patriot_app.core.clock import SystemClock
from patriot_app.core.domain import session_cookies
from patriot_app.core.domain.network_addresses import client_address
from patriot_app.core.domain.permissions import VISITOR, Permission, grant_of
from patriot_app.core.errors import PatriotError, Refused
from patriot_app.core.queries import sessions
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import refusals
from patriot_app.core.settings import get_settings

OPEN_BEFORE_ENROLMENT = frozenset(
    {"/api/second-factor", "/api/session/end", "/api/session/confirm"}
)
"""What staff may do who must set up a second factor first."""


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a form was not carried out.

    Attributes:
        code: for the redirect: a word that the page knows.
        fields: message per field; the empty name is the form as a whole.
    """

    code: str
    fields: Mapping[str, str]


async def same_origin(request: Request) -> None:
    """Refuse a form that was not sent by our own pages.

    Raises:
        HTTPException: 403.
    """
    ours = get_settings().public_url.rstrip("/")
    origin = request.headers.get("origin")
    if origin is not None:
        is_ours = origin == ours
    else:
        is_ours = request.headers.get("sec-fetch-site") == "same-origin"
    if not is_ours:
        why = f"Sent from {origin or 'nowhere'}"
        await refusals.note(VISITOR, what=_name_of(request), why=why)
        raise HTTPException(403, "This form was not sent by our own page")


async def signed_in(
    request: Request, csrf: Annotated[str, Form(max_length=200)] = ""
) -> SessionActor:
    """Return whose form this is; origin, session and token must all be right.

    Raises:
        HTTPException: 401 without a live session, 403 with a wrong token or origin.
    """
    await same_origin(request)
    token = session_cookies.token_of(request.headers.get("cookie", ""))
    found = await sessions.actor_for_token(token, ip=address_of(request))
    if found is None:
        await refusals.note(VISITOR, what=_name_of(request), why="Signed out")
        raise HTTPException(401, "You are signed out")
    if not hmac.compare_digest(csrf.encode(), found.csrf_token.encode()):
        await refusals.note(found.actor, what=_name_of(request), why="Wrong form token")
        raise HTTPException(403, "The form is too old; load the page again")
    if found.must_enrol and request.url.path not in OPEN_BEFORE_ENROLMENT:
        raise HTTPException(403, "Set up your second factor first")
    return found


SignedIn = Annotated[SessionActor, Depends(signed_in)]


def permit(person: SessionActor, permission: Permission) -> None:
    """Refuse unless the matrix lets the person do it.

    Raises:
        Refused: no permission, or he must confirm his identity first.
    """
    grant = grant_of(person.actor.roles, permission)
    if grant is None:
        raise Refused(f"You may not do this: it needs {permission.value}")
    if grant.step_up and not person.has_stepped_up(SystemClock().now()):
        raise Refused("Confirm that it is you first: open the page “Confirm your identity”")


async def note_refused(request: Request, person: SessionActor, error: PatriotError) -> None:
    """Write down who tried what, with the ids that came with it."""
    given = [*request.query_params.values(), *(await request.form()).values()]
    await refusals.note(person.actor, what=_name_of(request), why=str(error), given=given)


async def refusal(
    request: Request, person: SessionActor, error: PatriotError, *, back: str
) -> Response:
    """Say that it was refused, and write down who tried."""
    await note_refused(request, person, error)
    return failure(request, Problem("refused", {"": str(error)}), back=back)


def address_of(request: Request) -> str:
    """Return the address that the request came from."""
    peer = request.client.host if request.client is not None else ""
    return client_address(
        peer,
        request.headers.get("x-forwarded-for", ""),
        trusted_hops=get_settings().trusted_proxy_hops,
    )


def success(request: Request, target: str) -> Response:
    """Send the browser on; the page is loaded anew, because its socket carries the old cookie."""
    if _wants_json(request):
        return JSONResponse({"next": target})
    return RedirectResponse(target, status_code=303)


def failure(request: Request, problem: Problem, *, back: str, status: int = 422) -> Response:
    """Say what is wrong."""
    if _wants_json(request):
        return JSONResponse({"problems": dict(problem.fields)}, status_code=status)
    return RedirectResponse(f"{back}?problem={problem.code}", status_code=303)


def own_path(target: str, *, otherwise: str) -> str:
    """Return a path of this site, never another host: redirects must not be open."""
    is_path = target.startswith("/") and not target.startswith("//")
    is_plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if is_path and is_plain and len(target) <= 500 else otherwise


def _name_of(request: Request) -> str:
    return f"{request.method} {request.url.path}"


def _wants_json(request: Request) -> bool:
    return "application/json" in request.headers.get("accept", "")
