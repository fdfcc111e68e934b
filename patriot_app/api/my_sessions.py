"""The browsers in which a person is signed in, and the way to end them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Form, Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api import plain_page
from patriot_app.api.forms import SignedIn
from patriot_app.api.own_pages import home_of, visitor
from patriot_app.core.errors import NotFound
from patriot_app.core.queries import sessions as queries
from patriot_app.core.queries.sessions import OpenSession, SessionActor
from patriot_app.core.services import sessions
from patriot_app.core.unit_of_work import begin

router = APIRouter()

PAGE = "/my-sessions"
END_ONE = "/api/sessions/end"
END_OTHERS = "/api/sessions/end-others"
NEWS = {
    "ended": "The session is ended; that browser is signed out.",
    "others": "All other sessions are ended.",
    "gone": "That session had ended already.",
}

Text = Annotated[str, Form(max_length=100)]


@router.get(PAGE)
async def show(request: Request, done: str = "") -> Response:
    """Show every browser in which the person is signed in."""
    person = await visitor(request, page=PAGE)
    if isinstance(person, Response):
        return person
    found = await queries.own_sessions(person.actor)
    body = [
        plain_page.news(NEWS.get(done, "")),
        plain_page.entries("Sessions", [_entry(person, one) for one in found]),
    ]
    if len(found) > 1:
        others = plain_page.form(
            END_OTHERS,
            hidden={"csrf": person.csrf_token},
            label="End all other sessions",
            intent="danger",
        )
        body.append(others)
    return plain_page.page(
        "Your sessions",
        hint="Every browser in which you are signed in. End what you do not recognise.",
        body="".join(body),
        back=home_of(person),
    )


@router.post(END_ONE)
async def end_one(person: SignedIn, session_id: Text = "") -> Response:
    """End one of the person's own sessions."""
    try:
        async with begin(person.actor) as uow:
            await sessions.end_own(uow, UUID(session_id))
    except (NotFound, ValueError):
        return RedirectResponse(f"{PAGE}?done=gone", status_code=303)
    return RedirectResponse(f"{PAGE}?done=ended", status_code=303)


@router.post(END_OTHERS)
async def end_others(person: SignedIn) -> Response:
    """End all of the person's sessions but this one."""
    async with begin(person.actor) as uow:
        await sessions.end_others(uow)
    return RedirectResponse(f"{PAGE}?done=others", status_code=303)


def _entry(person: SessionActor, session: OpenSession) -> str:
    facts = (
        f"Address {session.ip or 'unknown'}",
        f"Since {plain_page.moment(session.started_at)}",
        f"Last seen {plain_page.moment(session.last_seen_at)}",
        f"Ends by itself {plain_page.moment(session.expires_at)} at the latest",
    )
    if session.is_current:
        return plain_page.entry(session.device, facts, mark="This browser")
    end = plain_page.form(
        END_ONE,
        hidden={"csrf": person.csrf_token, "session_id": str(session.session_id)},
        label="End",
        intent="neutral",
    )
    return plain_page.entry(session.device, facts, act=end)
