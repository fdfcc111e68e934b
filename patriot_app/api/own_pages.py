"""Who looks at a plain page of his own, and where he goes first if he may not see it yet."""

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from patriot_app.api.forms import address_of
from patriot_app.core.clock import SystemClock
from patriot_app.core.domain import session_cookies
from patriot_app.core.queries import sessions
from patriot_app.core.queries.sessions import SessionActor

SECOND_FACTOR = "/second-factor"


async def visitor(request: Request, *, page: str) -> SessionActor | Response:
    """Return who is signed in, or the way to where he must go before."""
    token = session_cookies.token_of(request.headers.get("cookie", ""))
    person = await sessions.actor_for_token(token, ip=address_of(request))
    if person is None:
        return RedirectResponse(f"/sign-in?next={quote(page, safe='')}", status_code=303)
    if person.must_enrol and page != SECOND_FACTOR:
        return RedirectResponse(SECOND_FACTOR, status_code=303)
    return person


def unproved(person: SessionActor, *, page: str) -> Response | None:
    """Return the way to prove one's identity; None if that was done a moment ago."""
    if person.has_stepped_up(SystemClock().now()):
        return None
    return RedirectResponse(f"/confirm-identity?next={quote(page, safe='')}", status_code=303)


def home_of(person: SessionActor) -> str:
    """Return the page that a person starts from."""
    return "/" if person.actor.is_staff else "/portfolio"
