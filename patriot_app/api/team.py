"""Invite somebody to the team, or hand a person a link to a new password: links are shown once."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, note_refused, permit
from patriot_app.api.own_pages import unproved, visitor
from patriot_app.core.domain.permissions import Permission, Role, can
from patriot_app.core.domain.staff import end_of_day
from patriot_app.core.errors import Invalid, NotFound, PatriotError, Refused
from patriot_app.core.queries import staff
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.queries.staff import Known
from patriot_app.core.services import password_changes, users
from patriot_app.core.services.password_changes import HandedOut
from patriot_app.core.unit_of_work import begin

router = APIRouter()

INVITE = "/team/invite"
SEND = "/api/staff"
LINK = "/team/password-link"
HAND_OUT = "/api/staff/password-links"
TEAM, CLIENTS = "/team", "/clients"
TO_TEAM = "To the team"
ROLES = {
    Role.SUPPORT: "Support: sees, pauses and revokes",
    Role.FUND_MANAGER: "Fund manager: trades strategies",
    Role.COMPLIANCE: "Compliance: reads, approves, halts",
    Role.AUDITOR: "Auditor: only reads, until the day below",
}
"""Who becomes an administrator takes two persons: that is a change of roles afterwards."""

Text = Annotated[str, Form(max_length=300)]


@router.get(INVITE)
async def ask_whom(request: Request) -> Response:
    """Ask whom to invite."""
    signed_in = await visitor(request, page=INVITE)
    if isinstance(signed_in, Response):
        return signed_in
    try:
        _need_any(signed_in, Permission.ROLES_WRITE)
    except PatriotError as error:
        await note_refused(request, signed_in, error)
        return _refused(str(error))
    return unproved(signed_in, page=INVITE) or _invite_page(signed_in)


@router.post(SEND)
async def invite(
    request: Request,
    signed_in: SignedIn,
    email: Text = "",
    name: Text = "",
    access_until: Text = "",
    role: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """Enter the person and show the link to his first password once."""
    try:
        permit(signed_in, Permission.ROLES_WRITE)
        async with begin(signed_in.actor) as uow:
            user_id = await users.create_staff(
                uow,
                email=email,
                name=name,
                password=None,
                roles={one for one in ROLES if one.value in (role or [])},
                access_until=end_of_day(access_until),
            )
            handed = await password_changes.hand_out_link(uow, user_id, reason="Invited")
    except Invalid as error:
        problem = " ".join(error.fields.values())
        return _invite_page(signed_in, problem=problem, name=name, email=email)
    except PatriotError as error:
        await note_refused(request, signed_in, error)
        return _refused(str(error))
    return _link_page(handed, name, back=TEAM)


@router.get(LINK)
async def ask_why(request: Request, person: str = "") -> Response:
    """Ask why a person gets a link to a new password."""
    page = f"{LINK}?person={quote(person[:40], safe='')}"
    signed_in = await visitor(request, page=page)
    if isinstance(signed_in, Response):
        return signed_in
    try:
        _need_any(signed_in, Permission.ROLES_WRITE, Permission.CLIENTS_WRITE)
        if (first := unproved(signed_in, page=page)) is not None:
            return first
        return _why_page(signed_in, person, await _whom(signed_in, person))
    except PatriotError as error:
        await note_refused(request, signed_in, error)
        return _refused(str(error))


@router.post(HAND_OUT)
async def hand_out(
    request: Request, signed_in: SignedIn, person: Text = "", reason: Text = ""
) -> Response:
    """Make the link and show it once."""
    try:
        found = await _whom(signed_in, person)
        async with begin(signed_in.actor) as uow:
            handed = await password_changes.hand_out_link(uow, _id(person), reason=reason)
    except Invalid as error:
        return _why_page(signed_in, person, found, problem=" ".join(error.fields.values()))
    except PatriotError as error:
        await note_refused(request, signed_in, error)
        return _refused(str(error))
    return _link_page(handed, found.name, back=CLIENTS if found.is_client else TEAM)


def _need_any(signed_in: SessionActor, *permissions: Permission) -> None:
    if not any(can(signed_in.actor, one) for one in permissions):
        raise Refused(f"You may not do this: it needs {permissions[0].value}")


async def _whom(signed_in: SessionActor, person: str) -> Known:
    """Return whom the link is for; the matrix tells clients and staff apart."""
    found = await staff.known(signed_in.actor, _id(person))
    permit(signed_in, Permission.CLIENTS_WRITE if found.is_client else Permission.ROLES_WRITE)
    return found


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such person") from error


def _invite_page(
    signed_in: SessionActor, *, problem: str = "", name: str = "", email: str = ""
) -> Response:
    fields = [
        plain_page.text_field("name", "Name", value=name),
        plain_page.text_field("email", "E-mail", value=email, hint="Signs in with it"),
        *(plain_page.choice("role", role.value, label) for role, label in ROLES.items()),
        plain_page.text_field(
            "access_until",
            "An auditor's last day",
            kind="date",
            hint="In UTC, a year at most; empty for everybody else",
            required=False,
        ),
    ]
    form = plain_page.form(
        SEND,
        hidden={"csrf": signed_in.csrf_token},
        fields="".join(fields),
        label="Make the link",
    )
    return plain_page.page(
        "Invite to the team",
        hint="You hand over a link by which the person sets his own password. Administrators are"
        " made afterwards, by a change of roles.",
        body=plain_page.problem(problem) + form,
        back=TEAM,
        back_label=TO_TEAM,
        status=422 if problem else 200,
    )


def _why_page(signed_in: SessionActor, person: str, found: Known, *, problem: str = "") -> Response:
    form = plain_page.form(
        HAND_OUT,
        hidden={"csrf": signed_in.csrf_token, "person": person},
        fields=plain_page.text_field("reason", "Reason", hint="Kept in the audit log"),
        label="Make the link",
    )
    return plain_page.page(
        f"Link for {found.name}",
        hint="Whoever has the link sets the password; the second factor is asked for as ever. Make"
        " sure that it is really this person who asks.",
        body=plain_page.problem(problem) + form,
        back=CLIENTS if found.is_client else TEAM,
        back_label="To the clients" if found.is_client else TO_TEAM,
        status=422 if problem else 200,
    )


def _link_page(handed: HandedOut, name: str, *, back: str) -> Response:
    body = [
        plain_page.paragraph(
            "Hand it over yourself, by a way that is only this person's. It is shown only now."
        ),
        plain_page.shown_once("Link", handed.link),
        plain_page.text_link("Done", back),
    ]
    return plain_page.page(
        f"Link for {name}",
        hint=f"Good once, until {plain_page.moment(handed.expires_at)}.",
        body="".join(body),
        back=back,
        back_label="Back",
    )


def _refused(text: str) -> Response:
    return plain_page.page(
        "Team",
        hint="This was not carried out.",
        body=plain_page.problem(text),
        back=TEAM,
        back_label=TO_TEAM,
        status=422,
    )
