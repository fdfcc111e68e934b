"""Sign in, sign out, confirm one's identity, and the first administrator: the HttpOnly cookie."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from patriot_app.api.forms import (
    Problem,
    SignedIn,
    address_of,
    failure,
    own_path,
    same_origin,
    success,
)
from patriot_app.core.domain import session_cookies
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.services import administrators, sessions
from patriot_app.core.unit_of_work import begin

router = APIRouter()

SIGN_IN_PAGE = "/sign-in"
FIRST_RUN_PAGE = "/first-run"
CONFIRM_PAGE = "/confirm-identity"
SECOND_FACTOR_PAGE = "/second-factor"
HOME, PORTAL_HOME = "/", "/portfolio"

Text = Annotated[str, Form(max_length=300)]
OwnPage = Depends(same_origin)


@router.post("/api/session", dependencies=[OwnPage])
async def begin_session(
    request: Request, email: Text, password: Text, code: Text = "", next: Text = ""
) -> Response:
    """Open a session and set its cookie."""
    try:
        opened = await sessions.sign_in(
            email,
            password,
            totp=code,
            ip=address_of(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except Throttled as error:
        return failure(
            request, Problem("throttled", {"": str(error)}), back=SIGN_IN_PAGE, status=429
        )
    except PatriotError as error:
        return failure(request, Problem("credentials", {"": str(error)}), back=SIGN_IN_PAGE)
    return entered(request, opened, next=next)


def entered(request: Request, opened: sessions.SignedIn, *, next: str) -> Response:
    """Send a person on whose session has just begun, with its cookie."""
    home = HOME if opened.is_staff else PORTAL_HOME
    target = SECOND_FACTOR_PAGE if opened.must_enrol else own_path(next, otherwise=home)
    answer = success(request, target)
    set_cookie(answer, opened)
    return answer


@router.post("/api/session/end")
async def end_session(request: Request, person: SignedIn) -> Response:
    """End the session and take its cookie away."""
    async with begin(person.actor) as uow:
        await sessions.sign_out(uow, person.session_id)
    answer = success(request, f"{SIGN_IN_PAGE}?problem=signed_out")
    answer.delete_cookie(
        session_cookies.NAME, path="/", secure=True, httponly=True, samesite="strict"
    )
    return answer


@router.post("/api/session/confirm")
async def confirm_identity(
    request: Request, person: SignedIn, password: Text, code: Text = "", next: Text = ""
) -> Response:
    """Prove one's identity again; the session goes on under a new token."""
    try:
        renewed = await sessions.step_up(
            person.session_id, password, totp=code, ip=address_of(request)
        )
    except Throttled as error:
        return failure(
            request, Problem("throttled", {"": str(error)}), back=CONFIRM_PAGE, status=429
        )
    except PatriotError as error:
        return failure(request, Problem("credentials", {"": str(error)}), back=CONFIRM_PAGE)
    answer = success(request, own_path(next, otherwise=HOME))
    set_cookie(answer, renewed)
    return answer


@router.post("/api/first-run", dependencies=[OwnPage])
async def create_administrator(
    request: Request, name: Text, email: Text, password: Text, password_again: Text
) -> Response:
    """Create the first administrator of an empty installation."""
    if password != password_again:
        problem = Problem("match", {"password_again": "The two passwords differ"})
        return failure(request, problem, back=FIRST_RUN_PAGE)
    try:
        async with begin(VISITOR) as uow:
            await administrators.create_first_administrator(
                uow, email=email, name=name, password=password
            )
    except Invalid as error:
        return failure(request, Problem("weak", error.fields), back=FIRST_RUN_PAGE)
    except PatriotError as error:
        return failure(request, Problem("exists", {"": str(error)}), back=FIRST_RUN_PAGE)
    return await begin_session(request, email, password)


def set_cookie(answer: Response, opened: sessions.SignedIn) -> None:
    """Give the browser its session."""
    answer.set_cookie(
        session_cookies.NAME,
        opened.token,
        expires=opened.expires_at,
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
