"""Sign in by a Yes in one's chat: plain pages and a cookie of their own; Reflex sees none of it.

The browser keeps a secret that no link shows; only it is let in, from the address that the chat was
told of. The chat gets a code that follows from the secret and does not give it away.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import JSONResponse, RedirectResponse

from patriot_app.api import plain_page, session
from patriot_app.api.forms import address_of, same_origin
from patriot_app.core.domain.telegram import (
    SIGN_IN_LASTS,
    CodeKind,
    SignInStage,
    code_of_browser,
    deep_link,
)
from patriot_app.core.domain.throttling import Throttled
from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import telegram as queries
from patriot_app.core.queries.telegram import WaitingBrowser
from patriot_app.core.services import sessions

router = APIRouter()

PAGE = "/telegram-sign-in"
BEGIN = STATE = "/api/telegram-sign-in"
FINISH = "/api/telegram-sign-in/finish"
COOKIE = "__Host-tg"
TITLE = "Sign in with Telegram"
HINT = "For people who have connected their Telegram account with themselves."
SIGN_IN_LABEL = "Sign in with the password"
SAID_NO = "Somebody answered No in Telegram. Nobody was signed in."

Text = Annotated[str, Form(max_length=100)]
OwnPage = Depends(same_origin)


@router.get(PAGE)
async def show(request: Request) -> Response:
    """Show how to begin, what to do in the chat, or what is left to do after it."""
    secret = request.cookies.get(COOKIE, "")
    if not secret:
        return await _begin_page()
    waiting = await queries.waiting_browser(secret)
    if waiting.stage in (SignInStage.OVER, SignInStage.NO):
        told = SAID_NO if waiting.stage is SignInStage.NO else "That took too long. Begin again."
        answer = await _begin_page(problem=told)
        _forget(answer)
        return answer
    if waiting.stage is SignInStage.YES:
        return _finish_page(needs_code=waiting.needs_code)
    return await _chat_page(secret, waiting)


@router.get(STATE)
async def tell_state(request: Request) -> Response:
    """Tell the waiting page how far it is; nothing else comes out of here."""
    secret = request.cookies.get(COOKIE, "")
    found = await queries.waiting_browser(secret) if secret else None
    stage = SignInStage.OVER if found is None else found.stage
    return JSONResponse({"stage": stage.value}, headers={"cache-control": "no-store"})


@router.post(BEGIN, dependencies=[OwnPage])
async def begin(request: Request) -> Response:
    """Give this browser a secret to wait with."""
    try:
        secret = await sessions.begin_telegram_sign_in(
            ip=address_of(request), user_agent=request.headers.get("user-agent", "")
        )
    except Throttled as error:
        return await _begin_page(problem=str(error), status=429)
    answer = RedirectResponse(PAGE, status_code=303)
    answer.set_cookie(
        COOKIE,
        secret,
        max_age=int(SIGN_IN_LASTS.total_seconds()),
        path="/",
        secure=True,
        httponly=True,
        samesite="strict",
    )
    return answer


@router.post(FINISH, dependencies=[OwnPage])
async def finish(request: Request, code: Text = "") -> Response:
    """Let the browser in that was allowed in the chat."""
    try:
        opened = await sessions.finish_telegram_sign_in(
            request.cookies.get(COOKIE, ""),
            code=code,
            ip=address_of(request),
            user_agent=request.headers.get("user-agent", ""),
        )
    except PatriotError as error:
        found = await queries.waiting_browser(request.cookies.get(COOKIE, ""))
        status = 429 if isinstance(error, Throttled) else 422
        if found.stage is SignInStage.YES:
            return _finish_page(needs_code=found.needs_code, problem=str(error), status=status)
        return await _begin_page(problem=str(error), status=status)
    answer = RedirectResponse(
        session.HOME if opened.is_staff else session.PORTAL_HOME, status_code=303
    )
    session.set_cookie(answer, opened)
    _forget(answer)
    return answer


async def _begin_page(*, problem: str = "", status: int = 200) -> Response:
    bot = await queries.bot()
    if not bot.answers:
        body = plain_page.paragraph("The desk's bot does not answer at present. Use your password.")
    else:
        body = plain_page.paragraph(
            "You get a link into your chat with the desk's bot, and say there that it is you."
        ) + plain_page.form(BEGIN, hidden={}, label="Begin")
    return _page(plain_page.problem(problem) + body, status=status)


async def _chat_page(secret: str, waiting: WaitingBrowser) -> Response:
    bot, code = await queries.bot(), code_of_browser(secret)
    is_asked = waiting.stage is SignInStage.ASKED
    told = (
        "The bot asks you whether it is you. Press Yes there within a minute."
        if is_asked
        else f"Open the chat with @{bot.username} and press Start. Give the link to nobody."
    )
    link = deep_link(bot.username, CodeKind.SIGN_IN, code)
    body = [plain_page.paragraph(told)]
    if not is_asked:
        body += [
            plain_page.text_link("Open Telegram", link),
            plain_page.shown_once("Or send this to the bot", f"/start {CodeKind.SIGN_IN}_{code}"),
        ]
    body += [
        plain_page.awaits("Waiting for your answer", state=STATE, shown=waiting.stage.value),
        plain_page.text_link("I have answered", PAGE),
    ]
    return _page("".join(body))


def _finish_page(*, needs_code: bool, problem: str = "", status: int = 200) -> Response:
    fields = ""
    if needs_code:
        fields = plain_page.code_field(
            "One-time code", hint="Of your authenticator app, or a recovery code"
        )
    form = plain_page.form(
        FINISH,
        hidden={},
        fields=fields,
        label="Sign in",
        goes_by_itself=not (needs_code or problem),
    )
    told = plain_page.news("Telegram says that it is you.")
    return _page(plain_page.problem(problem) + told + form, status=status)


def _page(body: str, *, status: int = 200) -> Response:
    return plain_page.page(
        TITLE,
        hint=HINT,
        body=body,
        back=session.SIGN_IN_PAGE,
        back_label=SIGN_IN_LABEL,
        status=status,
    )


def _forget(answer: Response) -> None:
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="strict")
