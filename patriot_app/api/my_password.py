"""Set a new password: one's own while signed in, or by a link; and ask for such a link."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, address_of, same_origin
from patriot_app.api.own_pages import home_of, unproved, visitor
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import password_changes, repeats
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/my-password"
CHANGE = "/api/my-password"
FORGOTTEN = "/forgotten-password"
ASK = "/api/password-links"
NEW = "/new-password"
REDEEM = "/api/new-password"
SIGN_IN = "/sign-in"
TO_SIGN_IN = "To the sign-in page"
ONCE = "own-password"
DIFFER = "The two passwords differ"
RULES = "At least 12 characters, 15 for staff; three or four words that do not belong together"

Text = Annotated[str, Form(max_length=300)]
OwnPage = Depends(same_origin)


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Ask for a new password of who is signed in, after a fresh proof."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    return unproved(person, page=PAGE) or _own_page(person)


@router.post(CHANGE)
async def change(
    person: SignedIn, password: Text = "", password_again: Text = "", request_id: Text = ""
) -> Response:
    """Set the person's own password; his other sessions end."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    if password != password_again:
        return _own_page(person, problem=DIFFER)
    try:
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, ONCE, request_id) is None:
                await password_changes.change_own(uow, password)
                await repeats.remember(uow, ONCE, request_id, answer={})
    except Invalid as error:
        return _own_page(person, problem=" ".join(error.fields.values()))
    return _own_page(person, done="The new password is set; every other session has ended.")


@router.get(FORGOTTEN)
async def forgotten() -> Response:
    """Ask where to send a link to."""
    form = plain_page.form(
        ASK,
        hidden={},
        fields=plain_page.text_field("email", "E-mail", kind="email", autocomplete="username"),
        label="Send me a link",
    )
    return plain_page.page(
        "New password",
        hint="You get a link by e-mail. Your second factor is asked for as ever.",
        body=form,
        back=SIGN_IN,
        back_label=TO_SIGN_IN,
    )


@router.post(ASK, dependencies=[OwnPage])
async def ask(request: Request, email: Text = "") -> Response:
    """Send a link; the answer is the same whether anybody has the address."""
    await password_changes.ask_for_link(email, ip=address_of(request))
    return plain_page.page(
        "New password",
        hint="Look into your mailbox.",
        body=plain_page.paragraph(
            "If somebody here has this address, a link is on its way; it is good for 15 minutes. If"
            " none comes, this desk may send no e-mail: ask it for a link."
        ),
        back=SIGN_IN,
        back_label=TO_SIGN_IN,
    )


@router.get(NEW)
async def new(token: str = "") -> Response:
    """Ask for the new password of whoever has the link."""
    return _new_page(token[:200])


@router.post(REDEEM, dependencies=[OwnPage])
async def redeem(
    token: Text = "", password: Text = "", password_again: Text = "", request_id: Text = ""
) -> Response:
    """Set the password; the person then signs in with it and his second factor."""
    if password != password_again:
        return _new_page(token, problem=DIFFER)
    try:
        await password_changes.redeem_link(token, password, request_id=request_id)
    except Invalid as error:
        return _new_page(token, problem=" ".join(error.fields.values()))
    except Refused as error:
        return _new_page("", problem=str(error))
    return RedirectResponse(f"{SIGN_IN}?problem=password_set", status_code=303)


def _fields() -> str:
    return plain_page.password_field("password", "New password", hint=RULES) + (
        plain_page.password_field("password_again", "New password again", hint="")
    )


def _own_page(person: SessionActor, *, problem: str = "", done: str = "") -> Response:
    form = plain_page.form(
        CHANGE, hidden={"csrf": person.csrf_token}, fields=_fields(), label="Set the password"
    )
    return plain_page.page(
        "Your password",
        hint="All other sessions and the tokens of your programs end with the old one.",
        body=plain_page.problem(problem) + plain_page.news(done) + form,
        back=home_of(person),
        status=422 if problem else 200,
    )


def _new_page(token: str, *, problem: str = "") -> Response:
    body = plain_page.problem(problem)
    if token:
        body += plain_page.form(
            REDEEM, hidden={"token": token}, fields=_fields(), label="Set the password"
        )
    else:
        body += plain_page.text_link("Ask for another link", FORGOTTEN)
    return plain_page.page(
        "New password",
        hint="You sign in with it afterwards; your second factor stays as it is.",
        body=body,
        back=SIGN_IN,
        back_label=TO_SIGN_IN,
        status=422 if problem else 200,
    )
