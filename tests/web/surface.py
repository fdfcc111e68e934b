"""What a client needs that never loads a page: every handler, every route, and what each answers."""

import inspect
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import httpx
import psycopg
from reflex_base.registry import RegistrationContext

from patriot_app.core.domain.permissions import Role
from patriot_app.web import guard
from patriot_app.web.auth import requirement_of
from tests.web.conftest import PASSWORD
from tests.web.site import Browser, Site

HYDRATE = "reflex___state____state.hydrate"
REFUSED, INCIDENT = "You may not do this", "Something went wrong"
TOO_FAST = "Too many requests"
PER_SESSION = int(guard.EVENTS_BURST / 2) - 5
"""Each event is followed by a harmless one, whose answer tells that the first was dealt with."""
_TOAST = re.compile(r"'id': '([0-9a-f-]+)', 'title': ['\"](.*?)['\"], 'detail'")
UNTOUCHED = {"events", "stream_heads", "sessions", "sign_in_attempts", "event_checkpoints"}
"""What a mere visit may change."""


@dataclass(frozen=True, slots=True)
class Handler:
    """A handler with arguments that mean nothing of the caller's own."""

    event: str
    access: object
    payload: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody signed in."""

    role: Role
    user_id: str
    email: str
    cookie: str


def handlers(foreign_id: str) -> list[Handler]:
    """Return every handler that can be reached, those that are not declared included."""
    found = []
    for event, registered in RegistrationContext.get().event_handlers.items():
        if event in guard.FRAMEWORK_EVENTS:
            continue
        requirement = requirement_of(registered.handler.fn)
        access = None if requirement is None else requirement.access
        found.append(Handler(event, access, _arguments(registered.handler.fn, foreign_id)))
    return found


def _arguments(function: Any, foreign_id: str) -> dict[str, Any]:
    """Fill in what a handler wants: the foreign id for text, an empty form for a form."""
    parameters = list(inspect.signature(function).parameters.values())[1:]
    fitting = {str: foreign_id, int: 1, bool: True, list[str]: [foreign_id], dict[str, Any]: {}}
    return {one.name: fitting.get(one.annotation, {}) for one in parameters}


def snapshot(database: psycopg.Connection[Any]) -> dict[str, str]:
    """Return a digest of every table that a refused attempt must not touch."""
    names = database.execute(
        "SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition"
    ).fetchall()
    digest = "SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {} AS t"
    return {
        name: database.execute(digest.format(name).encode()).fetchone()[0]  # type: ignore[index]
        for (name,) in names
        if name not in UNTOUCHED and not name.startswith("events_")
    }


def refusals_of(database: psycopg.Connection[Any], user_id: str | None) -> list[Any]:
    return database.execute(
        "SELECT surface, correlation_id, payload FROM events WHERE type = 'AttemptRefused'"
        " AND actor_id IS NOT DISTINCT FROM %s::uuid ORDER BY sequence",
        (user_id,),
    ).fetchall()


async def heard(browser: Browser, handler: Handler, *texts: str) -> str:
    """Send an event until one of the texts comes back, however often we are told to slow down."""
    while True:
        start = len(browser.frames)
        await browser.send(handler.event, handler.payload)
        await browser.until(partial(_says, browser, start, (*texts, TOO_FAST)))
        answer = str(browser.frames[start:])
        if any(one in answer for one in texts):
            return answer


async def told_anew(browser: Browser, handler: Handler) -> str:
    """Send an event until it is dealt with; return what the page is told then and not before."""
    while True:
        known = set(_toasts(browser))
        await browser.send(handler.event, handler.payload)
        await browser.until(partial(_has_news, browser, known))
        news = [title for key, title in _toasts(browser).items() if key not in known]
        if not any(TOO_FAST in title for title in news):
            return " ".join(news)


def _has_news(browser: Browser, known: set[str]) -> bool:
    return bool(_toasts(browser).keys() - known)


def _toasts(browser: Browser) -> dict[str, str]:
    """Return every toast so far by its id."""
    return dict(_TOAST.findall(str(browser.frames)))


async def tried(
    site: Site, caller: Caller, tries: Sequence[tuple[Handler, dict[str, Any]]]
) -> list[tuple[Handler, str]]:
    """Send events and return what came back to each; a session of its own for so many that none is
    told to slow down.
    """
    answers = []
    for start in range(0, len(tries), PER_SESSION):
        cookie = site.sign_in(caller.email, PASSWORD)
        async with Browser(site, cookie=cookie) as browser:
            await browser.answer(HYDRATE)
            for handler, payload in tries[start : start + PER_SESSION]:
                answers.append((handler, str(await browser.answer(handler.event, payload))))
    return answers


def _says(browser: Browser, start: int, texts: tuple[str, ...]) -> bool:
    return any(text in str(browser.frames[start:]) for text in texts)


def ask(
    site: Site, method: str, path: str, headers: dict[str, str], foreign: str
) -> httpx.Response:
    """Ask a route, without the form's token."""
    return httpx.request(
        method,
        site.url + path,
        headers={"origin": site.url, **headers},
        data={"account_id": foreign, "csrf": "guessed"} if method == "POST" else None,
        timeout=60,
    )
