"""Set up an authenticator app and recovery codes: plain pages, answered once, kept by nobody.

The seed travels to the page and back inside a box that only this process opens, bound to the
session, so that nobody chooses a weak one and nothing is stored before its first code is right.
"""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn
from patriot_app.api.own_pages import home_of, unproved, visitor
from patriot_app.core.domain.one_time_codes import enrolment_uri
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.queries import second_factors as queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.sealing import pack, public_key_of, seal, unpack, unseal
from patriot_app.core.services import second_factors
from patriot_app.core.settings import get_settings, read_key
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/second-factor"
ENROL = "/api/second-factor"
RENEW = "/api/second-factor/recovery-codes"
REMOVE = "/api/second-factor/remove"
_GROUP = 4

Text = Annotated[str, Form(max_length=600)]


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Show what is set up, or what an app needs to be set up."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    return unproved(person, page=PAGE) or await _page(person)


@router.post(ENROL)
async def enrol(person: SignedIn, seed: Text = "", code: Text = "") -> Response:
    """Bind the app whose code is right; show the recovery codes."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        opened = _opened(person, seed)
        async with begin(person.actor) as uow:
            codes = await second_factors.enrol(uow, person.user_id, seed=opened, code=code)
    except Invalid as error:
        return await _page(person, seed=opened, problem=" ".join(error.fields.values()))
    except Refused:
        return await _page(person, problem="The page was too old. Use the new key below.")
    return _codes_page(person, codes)


@router.post(RENEW)
async def renew(person: SignedIn) -> Response:
    """Void the old recovery codes and show new ones."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        async with begin(person.actor) as uow:
            codes = await second_factors.renew_recovery_codes(uow, person.user_id)
    except Refused as error:
        return await _page(person, problem=str(error))
    return _codes_page(person, codes)


@router.post(REMOVE)
async def remove(person: SignedIn) -> Response:
    """Forget the app and its recovery codes."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    async with begin(person.actor) as uow:
        await second_factors.remove(uow, person.user_id)
    return RedirectResponse(PAGE, status_code=303)


async def _page(person: SessionActor, *, seed: str = "", problem: str = "") -> Response:
    state = await queries.own(person.actor)
    if state.is_enrolled:
        return _enrolled_page(person, state, problem=problem)
    seed = seed or second_factors.new_seed()
    body = [
        plain_page.problem(problem),
        plain_page.paragraph(
            "Add an account in an authenticator app with this key, then type the code it shows."
        ),
        plain_page.shown_once("Key", _grouped(seed)),
        plain_page.text_link(
            "Open in an app on this device", enrolment_uri(seed, email=state.email)
        ),
        plain_page.form(
            ENROL,
            hidden={"csrf": person.csrf_token, "seed": _closed(person, seed)},
            fields=plain_page.code_field("Code of the app", hint="Six digits, new every 30 s"),
            label="Set up",
        ),
    ]
    return plain_page.page(
        "Second factor",
        hint=(
            "You must set it up before anything else: staff sign in with two factors."
            if person.must_enrol
            else "A code of your phone beside the password, at each sign-in and before grave acts."
        ),
        body="".join(body),
        back=home_of(person),
        status=422 if problem else 200,
    )


def _enrolled_page(
    person: SessionActor, state: queries.SecondFactor, *, problem: str = ""
) -> Response:
    csrf = {"csrf": person.csrf_token}
    left = state.codes_left
    told = "one recovery code is" if left == 1 else f"{left} recovery codes are"
    body = [
        plain_page.problem(problem),
        plain_page.paragraph(f"An authenticator app is set up; {told} left."),
        plain_page.form(RENEW, hidden=csrf, label="Make new recovery codes"),
        plain_page.form(REMOVE, hidden=csrf, label="Remove the second factor"),
    ]
    return plain_page.page(
        "Second factor",
        hint="New recovery codes void the old ones.",
        body="".join(body),
        back=home_of(person),
        status=422 if problem else 200,
    )


def _codes_page(person: SessionActor, codes: tuple[str, ...]) -> Response:
    body = [
        plain_page.paragraph(
            "Each lets you in once, in place of a code of the app. Print them or keep them in a"
            " password manager: they are shown only now."
        ),
        plain_page.shown_once_list("Recovery codes", codes),
        plain_page.text_link("I have kept them", PAGE),
    ]
    return plain_page.page(
        "Recovery codes",
        hint="Your second factor is set up.",
        body="".join(body),
        back=home_of(person),
    )


def _grouped(seed: str) -> str:
    return " ".join(seed[at : at + _GROUP] for at in range(0, len(seed), _GROUP))


def _closed(person: SessionActor, seed: str) -> str:
    box = seal(public_key_of(_key()), seed, context=_context(person))
    return base64.urlsafe_b64encode(pack(box)).decode()


def _opened(person: SessionActor, box: str) -> str:
    """Return the seed of a page that this process made for this session.

    Raises:
        Refused: it did not.
    """
    try:
        packed = base64.urlsafe_b64decode(box.encode())
        return unseal(_key(), unpack(packed), context=_context(person)).reveal()
    except (binascii.Error, ValueError, UnicodeDecodeError) as error:
        raise Refused("The page was too old") from error


def _context(person: SessionActor) -> str:
    return f"totp-offer|{person.session_id}"


def _key() -> bytes:
    return read_key(get_settings().web_key_file, name="PATRIOT_WEB_KEY_FILE")
