"""Register a webhook, or give one a new secret: secrets are shown once."""

from typing import Annotated
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, note_refused, permit
from patriot_app.api.own_pages import unproved, visitor
from patriot_app.core.domain.notification_preferences import KINDS as KIND_NAMES
from patriot_app.core.domain.permissions import Permission, can
from patriot_app.core.domain.webhooks import KINDS
from patriot_app.core.errors import Invalid, NotFound, PatriotError, Refused
from patriot_app.core.queries import webhooks as queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import repeats, webhooks
from patriot_app.core.services.webhooks import NewSecret
from patriot_app.core.unit_of_work import begin

router = APIRouter()

NEW = "/webhooks/new"
ADD = "/api/webhooks"
SECRET = "/webhooks/secret"  # noqa: S105 - an address
ROTATE = "/api/webhooks/secret"
BACK, BACK_LABEL = "/system/webhooks", "To the webhooks"
ONCE = "webhook-secret"
SENT_BEFORE = (
    "This form was sent before, and its secret is not shown again. If you did not keep it, give the"
    " webhook a new secret."
)

Text = Annotated[str, Form(max_length=600)]


@router.get(NEW)
async def ask(request: Request) -> Response:
    """Ask for the address and what it is told."""
    person = await _let_in(request, page=NEW)
    return person if isinstance(person, Response) else _form_page(person)


@router.post(ADD)
async def add(
    request: Request,
    person: SignedIn,
    name: Text = "",
    url: Text = "",
    kinds: Annotated[list[str] | None, Form(max_length=20)] = None,
    request_id: Text = "",
) -> Response:
    """Register it and show its secret once."""
    try:
        permit(person, Permission.WEBHOOKS_WRITE)
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, ONCE, request_id) is not None:
                raise Refused(SENT_BEFORE)
            made = await webhooks.add(uow, name=name, url=url, kinds=kinds or [])
            await repeats.remember(uow, ONCE, request_id, answer={"id": str(made.webhook_id)})
    except Invalid as error:
        problem = " ".join(error.fields.values())
        return _form_page(person, problem=problem, name=name, url=url, kinds=kinds or [])
    except PatriotError as error:
        await note_refused(request, person, error)
        return _refused(str(error))
    return _secret_page(made)


@router.get(SECRET)
async def ask_for_secret(request: Request, webhook: str = "") -> Response:
    """Ask whether an endpoint gets a new secret."""
    person = await _let_in(request, page=f"{SECRET}?webhook={quote(webhook[:40], safe='')}")
    if isinstance(person, Response):
        return person
    try:
        name = await queries.name_of(person.actor, _id(webhook))
    except PatriotError as error:
        return _refused(str(error))
    form = plain_page.form(
        ROTATE, hidden={"csrf": person.csrf_token, "webhook": webhook}, label="Make a new secret"
    )
    return plain_page.page(
        f"New secret for {name}",
        hint="Calls are signed with the new one from then on, also those that wait. Let the receiver"
        " know both until you have changed it there.",
        body=form,
        back=BACK,
        back_label=BACK_LABEL,
    )


@router.post(ROTATE)
async def rotate(
    request: Request, person: SignedIn, webhook: Text = "", request_id: Text = ""
) -> Response:
    """Make a new secret and show it once."""
    try:
        permit(person, Permission.WEBHOOKS_WRITE)
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, ONCE, request_id, webhook) is not None:
                raise Refused(SENT_BEFORE)
            made = await webhooks.rotate_secret(uow, _id(webhook))
            await repeats.remember(
                uow, ONCE, request_id, webhook, answer={"id": str(made.webhook_id)}
            )
    except PatriotError as error:
        await note_refused(request, person, error)
        return _refused(str(error))
    return _secret_page(made)


async def _let_in(request: Request, *, page: str) -> SessionActor | Response:
    """Return who may see the page, or the answer to who may not."""
    person = await visitor(request, page=page)
    if isinstance(person, Response):
        return person
    if not can(person.actor, Permission.WEBHOOKS_WRITE):
        error = Refused(f"You may not do this: it needs {Permission.WEBHOOKS_WRITE.value}")
        await note_refused(request, person, error)
        return _refused(str(error))
    return unproved(person, page=page) or person


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such webhook") from error


def _form_page(
    person: SessionActor,
    *,
    problem: str = "",
    name: str = "",
    url: str = "",
    kinds: list[str] | None = None,
) -> Response:
    fields = [
        plain_page.text_field("name", "Name", value=name, hint="What the program is"),
        plain_page.text_field(
            "url", "Address", value=url, hint="Such as https://hooks.firm.example/patriot"
        ),
        *(
            plain_page.choice(
                "kinds", kind.value, KIND_NAMES[kind], is_on=kind.value in (kinds or [])
            )
            for kind in KINDS
        ),
    ]
    form = plain_page.form(
        ADD, hidden={"csrf": person.csrf_token}, fields="".join(fields), label="Register it"
    )
    return plain_page.page(
        "New webhook",
        hint="A program of the desk's that is called when staff is told something. A call says what"
        " happened to which account or client, without names, words or amounts.",
        body=plain_page.problem(problem) + form,
        back=BACK,
        back_label=BACK_LABEL,
        status=422 if problem else 200,
    )


def _secret_page(made: NewSecret) -> Response:
    body = [
        plain_page.paragraph(
            "Put it where the receiver reads it from. It is shown only now; whoever has it can sign"
            " calls as if they were ours."
        ),
        plain_page.shown_once("Secret", made.secret),
        plain_page.text_link("I have kept it", BACK),
    ]
    return plain_page.page(
        f"Secret of {made.name}",
        hint="Each call is signed with it.",
        body="".join(body),
        back=BACK,
        back_label=BACK_LABEL,
    )


def _refused(text: str) -> Response:
    return plain_page.page(
        "Webhooks",
        hint="This was not carried out.",
        body=plain_page.problem(text),
        back=BACK,
        back_label=BACK_LABEL,
        status=422,
    )
