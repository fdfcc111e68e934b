"""Change one's own e-mail address: ask after a fresh proof, confirm by the link that was sent there."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, same_origin
from patriot_app.api.own_pages import home_of, unproved, visitor
from patriot_app.core.domain.permissions import VISITOR
from patriot_app.core.domain.users import normalise_email
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import profile
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import email_changes, repeats
from patriot_app.core.settings import get_settings
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/my-email"
ASK = "/api/my-email"
CONFIRM = "/confirm-email"
CONFIRMED = "/api/confirm-email"
SIGN_IN = "/sign-in"
ONCE = "email-change"
BY_DESK = (
    "Tell the desk the new address by a way by which it knows you; it changes when the desk has"
    " confirmed it, within a day."
)
TO_SIGN_IN = "To the sign-in page"

Text = Annotated[str, Form(max_length=300)]
OwnPage = Depends(same_origin)


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Ask who is signed in for his new address, after a fresh proof."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    return unproved(person, page=PAGE) or await _own_page(person)


@router.post(ASK)
async def ask(person: SignedIn, email: Text = "", request_id: Text = "") -> Response:
    """Send a link to the new address; nothing changes before it is opened."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        async with begin(person.actor) as uow:
            before = await repeats.recall(uow, ONCE, request_id, email)
            if before is None:
                address = await email_changes.ask(uow, email)
                await repeats.remember(uow, ONCE, request_id, email, answer={})
            else:
                address = normalise_email(email)
    except Invalid as error:
        return await _own_page(person, problem=" ".join(error.fields.values()))
    except Refused as error:
        return await _own_page(person, problem=str(error))
    return await _own_page(
        person,
        done=f"A link is on its way to {address}. Your address changes when you open it."
        if get_settings().smtp_url
        else f"You asked for {address}. {BY_DESK}",
    )


@router.get(CONFIRM)
async def confirm(token: str = "") -> Response:
    """Ask whoever has the link to confirm: mail programs open links by themselves."""
    form = plain_page.form(CONFIRMED, hidden={"token": token[:200]}, label="This is my address")
    return _outside("One step more: confirm that you read mail here.", form)


@router.post(CONFIRMED, dependencies=[OwnPage])
async def confirmed(token: Text = "", request_id: Text = "") -> Response:
    """Let the person have the address; nobody is signed in by it."""
    try:
        async with begin(VISITOR) as uow:
            wished = await email_changes.confirm(uow, token, request_id=request_id)
    except Refused as error:
        return _outside("Nothing was changed.", plain_page.problem(str(error)), status=422)
    return _outside("Done.", plain_page.paragraph(f"From now on you sign in with {wished.email}."))


async def _own_page(person: SessionActor, *, problem: str = "", done: str = "") -> Response:
    own = await profile.own(person.actor)
    waiting = ""
    if own.email_wished and not done:
        what = "its link to be opened" if get_settings().smtp_url else "the desk to confirm it"
        waiting = plain_page.news(f"{own.email_wished} waits for {what}.")
    form = plain_page.form(
        ASK,
        hidden={"csrf": person.csrf_token},
        fields=plain_page.fact("E-mail now", own.email, hint="You sign in with it")
        + plain_page.text_field("email", "New e-mail", kind="email", autocomplete="email"),
        label="Send me a link there" if get_settings().smtp_url else "Ask for it",
    )
    return plain_page.page(
        "Your e-mail",
        hint="The former address is told of the wish at once."
        if get_settings().smtp_url
        else f"This desk sends no e-mail. {BY_DESK}",
        body=plain_page.problem(problem) + plain_page.news(done) + waiting + form,
        back=home_of(person),
        status=422 if problem else 200,
    )


def _outside(hint: str, body: str, *, status: int = 200) -> Response:
    return plain_page.page(
        "Your e-mail", hint=hint, body=body, back=SIGN_IN, back_label=TO_SIGN_IN, status=status
    )
