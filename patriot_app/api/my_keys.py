"""The API keys of a person's own programs: made here, shown once, ended here."""

from datetime import datetime, timedelta
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn
from patriot_app.api.own_pages import home_of, unproved, visitor
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain.api_keys import PER_MINUTE_DEFAULT
from patriot_app.core.domain.api_scopes import SAYS, Scope
from patriot_app.core.errors import Invalid, PatriotError
from patriot_app.core.queries import programs as queries
from patriot_app.core.queries.programs import KeyView
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.services import programs, repeats
from patriot_app.core.services.programs import NewKey
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/my-api-keys"
CREATE = "/api/my-api-keys"
REVOKE = "/api/my-api-keys/revoke"
DAYS = 90
ONCE = "api-key"
SHOWN_FOR = timedelta(minutes=5)
"""How long the same form shows its key again: a browser that tries again is that quick."""

Text = Annotated[str, Form(max_length=2_000)]


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Show the person's keys and the form of a new one."""
    person = await visitor(request, page=PAGE)
    return person if isinstance(person, Response) else await _page(person)


@router.post(CREATE)
async def create(
    person: SignedIn,
    name: Text = "",
    days: Text = str(DAYS),
    per_minute: Text = str(PER_MINUTE_DEFAULT),
    addresses: Text = "",
    scopes: Annotated[list[str] | None, Form(max_length=20)] = None,
    request_id: Text = "",
) -> Response:
    """Make a key and show it once; the same form again shows the same key for some minutes."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        async with begin(person.actor) as uow:
            before = await repeats.recall(uow, ONCE, request_id)
            if before is not None:
                return await _shown_again(person, before, request_id, now=uow.now)
            made = await programs.create_key(
                uow,
                name=name,
                scopes=scopes or [],
                lasts=timedelta(days=_whole(days, field="days")),
                per_minute=_whole(per_minute, field="per_minute"),
                addresses=addresses,
                seed=request_id,
            )
            shown = {
                "key_id": str(made.key_id),
                "prefix": made.prefix,
                "expires_at": made.expires_at.isoformat(),
                "at": uow.now.isoformat(),
            }
            await repeats.remember(uow, ONCE, request_id, answer=shown)
    except Invalid as error:
        return await _page(person, problem=" ".join(error.fields.values()))
    except PatriotError as error:
        return await _page(person, problem=str(error))
    return _key_page(person, made)


@router.post(REVOKE)
async def revoke(person: SignedIn, key_id: Text = "") -> Response:
    """Void one of the person's keys."""
    try:
        async with begin(person.actor) as uow:
            await programs.revoke_key(uow, UUID(key_id))
    except (PatriotError, ValueError):
        return await _page(person, problem="There is no such key of yours.")
    return RedirectResponse(PAGE, status_code=303)


async def _shown_again(
    person: SessionActor, shown: dict[str, str], request_id: str, *, now: datetime
) -> Response:
    if now - datetime.fromisoformat(shown["at"]) > SHOWN_FOR:
        return await _page(person, problem="This key was made before and is not shown any more.")
    made = programs.shown_again(
        UUID(shown["key_id"]),
        shown["prefix"],
        datetime.fromisoformat(shown["expires_at"]),
        seed=request_id,
    )
    return _key_page(person, made)


def _whole(text: str, *, field: str) -> int:
    if not text.isdecimal() or len(text) > 4:
        raise Invalid({field: "Type a whole number"})
    return int(text)


async def _page(person: SessionActor, *, problem: str = "") -> Response:
    keys = await queries.own_keys(person.actor)
    fields = [
        plain_page.text_field("name", "Name", hint="What the program is"),
        *[
            plain_page.choice("scopes", scope.value, words, is_on=True)
            for scope, words in SAYS.items()
        ],
        plain_page.text_field("days", "Days that it lasts", value=str(DAYS)),
        plain_page.text_field("per_minute", "Requests a minute", value=str(PER_MINUTE_DEFAULT)),
        plain_page.text_field(
            "addresses",
            "Only from these addresses",
            required=False,
            hint="Addresses or networks, separated by blanks; empty: from everywhere",
        ),
    ]
    body = [
        plain_page.problem(problem),
        plain_page.entries("API keys", [_entry(person, key) for key in keys]),
        plain_page.form(
            CREATE,
            hidden={"csrf": person.csrf_token},
            fields="".join(fields),
            label="Make a key",
        ),
    ]
    return plain_page.page(
        "Your API keys",
        hint="For programs of yours that read. A key is shown once and may do less than you.",
        body="".join(body),
        back=home_of(person),
        status=422 if problem else 200,
    )


def _entry(person: SessionActor, key: KeyView) -> str:
    used = "never used"
    if key.last_used_at is not None:
        used = f"last used {plain_page.moment(key.last_used_at)} from {key.last_used_ip}"
    facts = (
        key.prefix,
        ", ".join(SAYS[Scope(scope)] for scope in key.scopes),
        f"{key.per_minute} requests a minute, from {key.addresses or 'everywhere'}",
        f"Until {plain_page.moment(key.expires_at)}, {used}",
    )
    if key.revoked_at is not None:
        return plain_page.entry(key.name, facts, mark="Revoked", tone="neutral")
    if key.expires_at <= SystemClock().now():
        return plain_page.entry(key.name, facts, mark="Expired", tone="neutral")
    act = plain_page.form(
        REVOKE,
        hidden={"csrf": person.csrf_token, "key_id": str(key.id)},
        label="Revoke",
        intent="neutral",
    )
    return plain_page.entry(key.name, facts, act=act)


def _key_page(person: SessionActor, made: NewKey) -> Response:
    body = [
        plain_page.paragraph(
            "Put it where your program reads it from. It is shown only now; whoever has it may do"
            " what it allows."
        ),
        plain_page.shown_once("API key", made.secret),
        plain_page.text_link("I have kept it", PAGE),
    ]
    return plain_page.page(
        "New API key",
        hint=f"Good until {plain_page.moment(made.expires_at)}.",
        body="".join(body),
        back=home_of(person),
    )
