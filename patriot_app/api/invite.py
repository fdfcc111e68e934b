"""Invite a person or send him his link again: the link is shown here once and kept by nobody."""

from datetime import timedelta
from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, address_of, note_refused, permit
from patriot_app.core.domain import session_cookies
from patriot_app.core.domain.permissions import Permission
from patriot_app.core.domain.telegram import CodeKind, deep_link
from patriot_app.core.errors import Invalid, NotFound, PatriotError
from patriot_app.core.queries import invitations as queries
from patriot_app.core.queries import sessions
from patriot_app.core.queries import telegram as bot_queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import invitations
from patriot_app.core.services.invitations import Invited
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/invite"
SEND = "/api/invitations"
MAKE_CODE = "/api/invitations/code"
LIST = "/clients/invitations"
LIST_LABEL = "To the invitations"
DAYS = 7

Text = Annotated[str, Form(max_length=300)]


@router.get(PAGE)
async def show(request: Request, again: str = "") -> Response:
    """Ask whom to invite, or whether to send a link again."""
    token = session_cookies.token_of(request.headers.get("cookie", ""))
    person = await sessions.actor_for_token(token, ip=address_of(request))
    if person is None:
        return RedirectResponse(f"/sign-in?next={quote(LIST, safe='')}", status_code=303)
    try:
        permit(person, Permission.CLIENTS_WRITE)
        return await _ask_again(person, again) if again else _ask(person)
    except PatriotError as error:
        await note_refused(request, person, error)
        return _refused(str(error))


@router.post(SEND)
async def send(
    request: Request,
    person: SignedIn,
    email: Text = "",
    name: Text = "",
    days: Text = str(DAYS),
    again: Text = "",
) -> Response:
    """Invite, or send again; show the link once."""
    try:
        permit(person, Permission.CLIENTS_WRITE)
        lasts = _lasts(days)
        async with begin(person.actor) as uow:
            if again:
                invited = await invitations.send_again(uow, _id(again), lasts=lasts)
            else:
                invited = await invitations.invite(uow, email=email, name=name, lasts=lasts)
    except Invalid as error:
        return _ask(person, problem=" ".join(error.fields.values()), name=name, email=email)
    except PatriotError as error:
        await note_refused(request, person, error)
        return _refused(str(error))
    return _link_page(invited)


@router.post(MAKE_CODE)
async def make_code(request: Request, person: SignedIn, invitation_id: Text = "") -> Response:
    """Make a one-time code by which the invited person registers from a chat; show it once."""
    try:
        permit(person, Permission.CLIENTS_WRITE)
        async with begin(person.actor) as uow:
            code = await invitations.issue_code(uow, _id(invitation_id))
    except PatriotError as error:
        await note_refused(request, person, error)
        return _refused(str(error))
    return _code_page(code, (await bot_queries.bot()).username)


def _lasts(days: str) -> timedelta:
    if not days.isdecimal() or len(days) > 3:
        raise Invalid({"days": "Days: type a whole number"})
    return timedelta(days=int(days))


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such invitation") from error


def _ask(person: SessionActor, *, problem: str = "", name: str = "", email: str = "") -> Response:
    fields = [
        plain_page.text_field("name", "Name", value=name, autocomplete="off"),
        plain_page.text_field("email", "E-mail", value=email, autocomplete="off"),
        plain_page.text_field("days", "Days that the link lasts", value=str(DAYS), autocomplete=""),
    ]
    form = plain_page.form(
        SEND, hidden={"csrf": person.csrf_token}, fields="".join(fields), label="Invite"
    )
    return plain_page.page(
        "Invite a client",
        hint="The person gets a link by e-mail, registers with a password of his own, and waits for"
        " your approval.",
        body=plain_page.problem(problem) + form,
        back=LIST,
        back_label=LIST_LABEL,
        status=422 if problem else 200,
    )


async def _ask_again(person: SessionActor, again: str) -> Response:
    found = await queries.get(person.actor, _id(again))
    form = plain_page.form(
        SEND,
        hidden={"csrf": person.csrf_token, "again": str(found.invitation_id)},
        label="Send again",
    )
    code = plain_page.form(
        MAKE_CODE,
        hidden={"csrf": person.csrf_token, "invitation_id": str(found.invitation_id)},
        label="Make a code for Telegram",
        intent="neutral",
    )
    return plain_page.page(
        "Send again",
        hint=f"{found.name}, {found.email}",
        body=plain_page.paragraph("The former link stops working; the new one lasts 7 days.")
        + form
        + plain_page.paragraph("In place of a new link: a code that he sends to the desk's bot.")
        + code,
        back=LIST,
        back_label=LIST_LABEL,
    )


def _link_page(invited: Invited) -> Response:
    body = [
        plain_page.paragraph(
            "The link goes out by e-mail if the desk has a mail server. You may also hand it over"
            " yourself. It is shown only now."
        ),
        plain_page.shown_once("Link", invited.link),
        plain_page.text_link("Done", LIST),
    ]
    return plain_page.page(
        "Invited",
        hint=f"Good once, until {invited.expires_at:%Y-%m-%d %H:%M} UTC.",
        body="".join(body),
        back=LIST,
        back_label=LIST_LABEL,
    )


def _code_page(code: str, bot: str) -> Response:
    where = f"@{bot}" if bot else "the desk's bot (this desk has none yet)"
    body = [
        plain_page.paragraph(
            f"Hand it to the person yourself. He sends it to {where} in Telegram and gets a link to"
            " the registration. It is shown only now."
        ),
        plain_page.shown_once("Code", code),
    ]
    if bot:
        link = deep_link(bot, CodeKind.REGISTRATION, code)
        body.append(plain_page.shown_once("Or as a link", link))
    return plain_page.page(
        "Code for a chat",
        hint="Good once, for half an hour.",
        body="".join([*body, plain_page.text_link("Done", LIST)]),
        back=LIST,
        back_label=LIST_LABEL,
    )


def _refused(text: str) -> Response:
    return plain_page.page(
        "Invite a client",
        hint="This was not carried out.",
        body=plain_page.problem(text),
        back=LIST,
        back_label=LIST_LABEL,
        status=422,
    )
