"""Register by an invitation's link: a plain page, so that password and link never reach Reflex."""

from html import escape
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Header, Request, Response

from patriot_app.api import plain_page, session
from patriot_app.api.forms import Problem, address_of, failure, same_origin, success
from patriot_app.core.domain import referrals
from patriot_app.core.domain.passwords import CLIENT_LENGTH_MIN, LENGTH_MAX
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.terms import DEFAULT_TERMS, version_of
from patriot_app.core.errors import Invalid, PatriotError, Refused
from patriot_app.core.ids import new_id
from patriot_app.core.queries import invitations as queries
from patriot_app.core.queries.invitations import Welcome
from patriot_app.core.services import registration, sessions
from patriot_app.core.settings import read_terms
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/join"
REGISTER = "/api/join"
OFFER_SECOND_FACTOR = "/second-factor"
SIGN_IN = "/sign-in?problem=registered"
REQUEST_ID_LENGTH_MAX = 80

Text = Annotated[str, Form(max_length=300)]
OwnPage = Depends(same_origin)


@router.get(PAGE)
async def show(request: Request, token: str = "", code: str = "") -> Response:
    """Show the form that an invitation leads to, or why it leads nowhere.

    A customer's code without an invitation is kept in the browser until one comes.
    """
    recommended = referrals.normalise(code or request.cookies.get(referrals.COOKIE, "")) or ""
    if not token and recommended:
        return _recommended(recommended)
    try:
        welcome = await queries.welcome(token[:200])
        terms = read_terms(DEFAULT_TERMS)
    except Refused as error:
        return plain_page.page(
            "Registration",
            hint="This invitation cannot be used.",
            body=plain_page.problem(str(error)),
            back="/sign-in",
            back_label="To the sign-in",
            status=410,
        )
    return plain_page.page(
        "Welcome",
        hint=f"The desk invites {welcome.name} to register. It then approves you, and you connect"
        " your exchange account.",
        body=_form(welcome, token, terms, code=recommended),
        back="/sign-in",
        back_label="I am registered already",
    )


@router.post(REGISTER, dependencies=[OwnPage])
async def register(
    request: Request,
    token: Text,
    name: Text = "",
    password: Text = "",
    agrees: Text = "",
    terms_version: Text = "",
    code: Text = "",
    request_id: Text = "",
    x_request_id: Annotated[str, Header(max_length=REQUEST_ID_LENGTH_MAX)] = "",
) -> Response:
    """Enter the person and sign him in; the same request again leads to the same person."""
    back = f"{PAGE}?token={token}"
    try:
        email = await queries.address_of(token)
        encoded = await registration.hash_new_password(password, email=email)
        async with begin(VISITOR) as uow:
            registered = await registration.register(
                uow,
                token=token,
                name=name,
                password_hash=encoded,
                terms_version=_agreed(agrees, terms_version),
                referral_code=code,
                request_id=(x_request_id or request_id)[:REQUEST_ID_LENGTH_MAX] or str(new_id()),
            )
    except Invalid as error:
        return failure(request, Problem("fields", error.fields), back=back)
    except PatriotError as error:
        return failure(request, Problem("refused", {"": str(error)}), back=back)
    if registered.is_repeat:
        return success(request, SIGN_IN)
    opened = await sessions.begin_registered(
        registered.user_id,
        ip=address_of(request),
        user_agent=request.headers.get("user-agent", ""),
    )
    return session.entered(request, opened, next=OFFER_SECOND_FACTOR)


def _agreed(agrees: str, terms_version: str) -> str:
    """Return the version that was agreed to: only of the text that is shown now.

    Raises:
        Refused: the text has changed since the page was loaded.
    """
    if not agrees:
        return ""
    if terms_version != version_of(read_terms(DEFAULT_TERMS)):
        raise Refused("The terms have changed meanwhile. Load the page again and read them.")
    return terms_version


def _recommended(code: str) -> Response:
    """Tell who follows a customer's link how to join, and keep the code for his registration."""
    answer = plain_page.page(
        "You come recommended",
        hint="The desk works by invitation.",
        body=plain_page.shown_once("The code of who recommends us", code)
        + plain_page.paragraph(
            "Ask the desk, or who sent you here, for an invitation. When you register, this code is"
            " filled in already in this browser; elsewhere type it into the form."
        ),
        back="/sign-in",
        back_label="I am registered already",
    )
    answer.set_cookie(
        referrals.COOKIE,
        code,
        max_age=referrals.COOKIE_DAYS * 86_400,
        path=PAGE,
        secure=True,
        httponly=True,
        samesite="lax",
    )
    return answer


def _form(welcome: Welcome, token: str, terms: str, *, code: str) -> str:
    fields = [
        plain_page.text_field("name", "Your name", value=welcome.name, autocomplete="name"),
        plain_page.fact("E-mail", welcome.email, hint="You sign in with it"),
        plain_page.password_field(
            "password",
            "Password",
            hint=f"{CLIENT_LENGTH_MIN} to {LENGTH_MAX} characters, not your e-mail address. A few"
            " words that belong together only for you are best; no special characters needed.",
        ),
        plain_page.text_field(
            "code",
            "Code of who recommended us",
            value=code,
            hint="Leave it empty if nobody did",
            required=False,
        ),
        _terms(terms),
        plain_page.tick("agrees", "I have read the terms and agree", note="terms"),
    ]
    hidden = {
        "token": token,
        "terms_version": version_of(terms),
    }
    return plain_page.form(
        REGISTER, hidden=hidden, fields="".join(fields), label="Register", is_scripted=True
    )


def _terms(terms: str) -> str:
    paragraphs = "".join(f"<p>{escape(part)}</p>" for part in terms.split("\n\n") if part.strip())
    return (
        '<div class="terms" tabindex="0" role="region" aria-label="Terms of the desk">'
        f"{paragraphs}</div>"
    )
