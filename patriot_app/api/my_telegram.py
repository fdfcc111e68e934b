"""A person's own chat with the desk's bot: connect it, confirm whose it is, disconnect it.

Connecting opens a way in, so it asks for a fresh proof of identity first.
"""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn, note_refused
from patriot_app.api.own_pages import home_of, unproved, visitor
from patriot_app.core.domain.telegram import CodeKind, deep_link
from patriot_app.core.errors import NotFound, PatriotError
from patriot_app.core.queries import telegram as queries
from patriot_app.core.queries.sessions import SessionActor
from patriot_app.core.queries.telegram import Bot, Link, Offer
from patriot_app.core.services import repeats
from patriot_app.core.services.telegram import links
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/my-telegram"
CONNECT = "/api/my-telegram"
CONFIRM = "/api/my-telegram/confirm"
DECLINE = "/api/my-telegram/decline"
UNLINK = "/api/my-telegram/unlink"
TITLE = "Telegram"
NEWS = {
    "connected": "Connected. The chat knows you now; send it /start.",
    "declined": "Not connected. Get a new link, and give it to nobody.",
    "disconnected": "Disconnected. The chat shows and does nothing more.",
}
HOW = (
    "In the chat you may let a browser in that asks to sign in as you. It takes the place of the"
    " password there, never that of your second factor."
)

Text = Annotated[str, Form(max_length=100)]


@router.get(PAGE)
async def show(request: Request, done: str = "") -> Response:
    """Show what is connected, what waits to be confirmed, or how to begin."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    return await _page(person, done=done)


@router.post(CONNECT)
async def connect(request: Request, person: SignedIn, request_id: Text = "") -> Response:
    """Make a code for this session."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, "telegram-offer", request_id) is None:
                await links.offer(uow)
                await repeats.remember(uow, "telegram-offer", request_id, answer={})
    except PatriotError as error:
        return await _refused(request, person, error)
    return RedirectResponse(PAGE, status_code=303)


@router.post(CONFIRM)
async def confirm(
    request: Request, person: SignedIn, offer_id: Text = "", request_id: Text = ""
) -> Response:
    """Connect the account whose name was shown."""
    if (first := unproved(person, page=PAGE)) is not None:
        return first
    try:
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, "telegram-link", request_id) is None:
                await links.confirm(uow, _id(offer_id))
                await repeats.remember(uow, "telegram-link", request_id, answer={})
    except PatriotError as error:
        return await _refused(request, person, error)
    return RedirectResponse(f"{PAGE}?done=connected", status_code=303)


@router.post(DECLINE)
async def decline(request: Request, person: SignedIn, offer_id: Text = "") -> Response:
    """Say that the account whose name was shown is somebody else's."""
    try:
        async with begin(person.actor) as uow:
            await links.decline(uow, _id(offer_id))
    except PatriotError as error:
        return await _refused(request, person, error)
    return RedirectResponse(f"{PAGE}?done=declined", status_code=303)


@router.post(UNLINK)
async def unlink(
    request: Request, person: SignedIn, sure: Text = "", request_id: Text = ""
) -> Response:
    """Disconnect the chat; the box must be ticked."""
    if not sure:
        return await _page(person, problem="Tick the box to disconnect")
    try:
        async with begin(person.actor) as uow:
            if await repeats.recall(uow, "telegram-unlink", request_id) is None:
                await links.unlink(uow)
                await repeats.remember(uow, "telegram-unlink", request_id, answer={})
    except PatriotError as error:
        return await _refused(request, person, error)
    return RedirectResponse(f"{PAGE}?done=disconnected", status_code=303)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotFound("There is no such code") from error


async def _refused(request: Request, person: SessionActor, error: PatriotError) -> Response:
    await note_refused(request, person, error)
    return await _page(person, problem=str(error))


async def _page(person: SessionActor, *, done: str = "", problem: str = "") -> Response:
    bot = await queries.bot()
    link = await queries.own_link(person.actor)
    offer = None if link else await queries.own_offer(person.actor)
    body = [plain_page.problem(problem), plain_page.news(NEWS.get(done, ""))]
    body += _connected(person, link) if link else _unconnected(person, bot, offer)
    return plain_page.page(
        TITLE,
        hint="A chat with the desk's bot, for you alone.",
        body="".join(body),
        back=home_of(person),
        status=422 if problem else 200,
    )


def _connected(person: SessionActor, link: Link) -> list[str]:
    sure = plain_page.tick("sure", "Disconnect this account", note="disconnecting")
    return [
        plain_page.fact(
            "Connected", link.name, hint=f"Since {plain_page.moment(link.linked_at)}. {HOW}"
        ),
        plain_page.form(
            UNLINK,
            hidden={"csrf": person.csrf_token},
            fields=sure,
            label="Disconnect",
            intent="danger",
        ),
    ]


def _unconnected(person: SessionActor, bot: Bot, offer: Offer | None) -> list[str]:
    if offer is not None and offer.is_claimed:
        return _claimed(person, offer)
    if not bot.username:
        told = "This desk has no Telegram bot."
        if person.actor.is_staff:
            told += " Set PATRIOT_TELEGRAM_TOKEN_FILE and start the role bot; see docs/telegram.md."
        return [plain_page.paragraph(told)]
    body = [] if bot.answers else [plain_page.problem(_silence(person, bot))]
    if offer is None:
        return [*body, plain_page.paragraph(HOW), _connect_form(person, "Connect Telegram")]
    code = links.code_of(offer.id)
    return [
        *body,
        plain_page.paragraph(
            f"Open the chat with @{bot.username} and press Start. Then come back here and confirm."
            " Give the link to nobody: it is good once, for this browser."
        ),
        plain_page.text_link("Open Telegram", deep_link(bot.username, CodeKind.LINK, code)),
        plain_page.shown_once("Or send this to the bot", f"/start {CodeKind.LINK}_{code}"),
        plain_page.awaits(f"Waiting for the chat, until {plain_page.moment(offer.expires_at)}"),
        plain_page.text_link("I have pressed Start", PAGE),
        _connect_form(person, "Get a new link", intent="neutral"),
    ]


def _claimed(person: SessionActor, offer: Offer) -> list[str]:
    hidden = {"csrf": person.csrf_token, "offer_id": str(offer.id)}
    return [
        plain_page.fact(
            "This Telegram account came with your link",
            offer.name,
            hint="Confirm only if it is yours: names can be imitated, so compare the one after @.",
        ),
        plain_page.form(CONFIRM, hidden=hidden, label="Yes, this is my account"),
        plain_page.form(DECLINE, hidden=hidden, label="No, it is not mine", intent="danger"),
    ]


def _connect_form(person: SessionActor, label: str, *, intent: str = "primary") -> str:
    return plain_page.form(CONNECT, hidden={"csrf": person.csrf_token}, label=label, intent=intent)


def _silence(person: SessionActor, bot: Bot) -> str:
    if person.actor.is_staff and bot.problem:
        return f"The bot does not answer: {bot.problem}"
    return "The bot does not answer at present. Try again later."
