"""Deny by default: every event passes here before any handler, and before the first hydration.

For each event: which handler, is it declared (`@requires`), who is signed in according to the
database, may he, does this tab's state belong to his session, and is he too fast. What the client
says about itself is never asked.
"""

import asyncio
import logging
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import reflex as rx
from reflex.event import Event, EventSpec
from reflex.middleware import Middleware
from reflex.state import BaseState, StateUpdate
from reflex_base.registry import RegistrationContext

from patriot_app.core import requests
from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.domain import session_cookies
from patriot_app.core.domain.permission_matrix import MATRIX
from patriot_app.core.domain.permissions import VISITOR, Permission
from patriot_app.core.errors import Invalid, Refused
from patriot_app.core.services import refusals
from patriot_app.web import actions, auth, live, routes, sockets
from patriot_app.web.auth import Access, Requirement, SessionState, SignedIn

logger = logging.getLogger(__name__)

FRAMEWORK_EVENTS = frozenset(
    {
        "reflex___state____state.hydrate",
        "reflex___state____state.hydrate_and_load",
        "reflex___state____state.set_is_hydrated",
        "reflex___state____state.reflex___state____on_load_internal_state.on_load_internal",
        "reflex___state____state.reflex___state____on_load_internal_state.set_is_hydrated",
        "reflex___state____state.reflex___state____frontend_event_exception_state"
        ".handle_frontend_exception",
    }
)
"""Reflex's own events that a page needs; they show only what this tab's state already holds."""

EVENTS_PER_S = 30.0
EVENTS_BURST = 90.0
PUSHED_LOOKUP_S = 1.0
REMEMBERED_MAX = 10_000


@dataclass(slots=True)
class _Bucket:
    tokens: float
    at: float


@dataclass(slots=True)
class _Remembered:
    signed_in: SignedIn | None
    at: float


@dataclass
class Guard(Middleware):
    """The middleware at index 0."""

    clock: Clock = field(default_factory=SystemClock)
    _buckets: dict[bytes, _Bucket] = field(default_factory=dict)
    _remembered: dict[bytes, _Remembered] = field(default_factory=dict)

    async def preprocess(self, app: rx.App, state: BaseState, event: Event) -> StateUpdate | None:
        """Return None to let the event through, or the update that answers instead."""
        auth.enter(None)
        is_pushed = not event.router_data
        headers = state.router.headers
        hashed = _hash_in(headers.cookie)
        ip = state.router.session.client_ip
        requests.begin(ip=ip)
        key = hashed or ip.encode()
        if not is_pushed and self._is_too_fast(key):
            return _answer(actions.say("Too many requests; wait a moment", tone="danger"))
        signed_in = await self._look_up(hashed, ip=ip, is_pushed=is_pushed)
        await self._bind(state, signed_in)
        auth.enter(signed_in, address=_address(state))
        if event.name in FRAMEWORK_EVENTS:
            event.payload.pop("vars", None)
            return None
        return await self._decide(state, event, signed_in)

    async def _decide(
        self, state: BaseState, event: Event, signed_in: SignedIn | None
    ) -> StateUpdate | None:
        actor = VISITOR if signed_in is None else signed_in.actor
        requirement = declared(event.name)
        what, given = _short(event.name), event.payload
        if requirement is None:
            await refusals.note(actor, what=what, why="Not declared", given=given)
            return StateUpdate()
        if signed_in is None and not is_open(requirement):
            await refusals.note(actor, what=what, why="Signed out", given=given)
            live.HUB.unsubscribe(state.router.session.client_token)
            has_ended = bool(session_cookies.token_of(state.router.headers.cookie))
            target = routes.sign_in_then(_address(state), has_ended=has_ended)
            return _answer(rx.redirect(target, replace=True))
        if signed_in is not None and signed_in.must_enrol and not is_open(requirement):
            return _answer(rx.redirect(routes.SECOND_FACTOR, replace=True))
        try:
            auth.check(requirement)
        except auth.StepUpNeeded:
            target = routes.with_query(routes.CONFIRM_IDENTITY, next=_address(state))
            return _answer(rx.redirect(target))
        except Refused as error:
            await refusals.note(actor, what=what, why=str(error), given=given)
            return _answer(actions.say(str(error), tone="danger"))
        return None

    async def _look_up(self, hashed: bytes, *, ip: str, is_pushed: bool) -> SignedIn | None:
        """Ask the database; a refresh that the server itself queued may be one second behind."""
        if not hashed:
            return None
        now = self.clock.monotonic()
        known = self._remembered.get(hashed)
        if is_pushed and known is not None and now - known.at < PUSHED_LOOKUP_S:
            return known.signed_in
        signed_in = await auth.look_up(hashed, ip=ip, touch=not is_pushed)
        if len(self._remembered) >= REMEMBERED_MAX:
            self._remembered.clear()
        self._remembered[hashed] = _Remembered(signed_in, now)
        return signed_in

    async def _bind(self, state: BaseState, signed_in: SignedIn | None) -> None:
        """Empty a tab's state that another session has filled."""
        sockets.TABS.belongs(
            state.router.session.client_token,
            signed_in.session_id if signed_in is not None else None,
        )
        bound = await state.get_state(SessionState)
        owner = str(signed_in.session_id) if signed_in is not None else ""
        if bound._bound_to == owner:
            return
        if bound._bound_to:
            actor = VISITOR if signed_in is None else signed_in.actor
            await refusals.note(actor, what="tab", why="Its state belonged to another session")
            state.reset()
            live.HUB.unsubscribe(state.router.session.client_token)
        bound._bound_to = owner

    def _is_too_fast(self, key: bytes) -> bool:
        now = self.clock.monotonic()
        if len(self._buckets) >= REMEMBERED_MAX:
            self._buckets.clear()
        bucket = self._buckets.setdefault(key, _Bucket(EVENTS_BURST, now))
        bucket.tokens = min(EVENTS_BURST, bucket.tokens + (now - bucket.at) * EVENTS_PER_S)
        bucket.at = now
        if bucket.tokens < 1:
            return True
        bucket.tokens -= 1
        return False


def _hash_in(cookie: str) -> bytes:
    """Return the hash of the session token, which `api.handshakes` put into its place."""
    try:
        return bytes.fromhex(session_cookies.token_of(cookie))
    except ValueError:
        return b""


def is_open(requirement: Requirement) -> bool:
    """Tell whether a handler runs for anybody."""
    return requirement.access is Access.PUBLIC


def declared(event_name: str) -> Requirement | None:
    """Return what the handler of an event demands; None: unknown or not declared."""
    registered = RegistrationContext.get().event_handlers.get(event_name)
    return None if registered is None else auth.requirement_of(registered.handler.fn)


def undeclared_handlers() -> Iterator[str]:
    """Yield the names of reachable handlers of ours that declare no requirement."""
    for name, registered in RegistrationContext.get().event_handlers.items():
        function = registered.handler.fn
        if name in FRAMEWORK_EVENTS or not function.__module__.startswith("patriot_app."):
            continue
        if auth.requirement_of(function) is None:
            yield f"{function.__module__}.{function.__qualname__}"


def unlisted_handlers() -> Iterator[str]:
    """Yield handlers open to anybody or everybody signed in that permissions.toml does not list."""
    for registered in RegistrationContext.get().event_handlers.values():
        found = auth.requirement_of(registered.handler.fn)
        if found is None or isinstance(found.access, Permission):
            continue
        listed = MATRIX.anybody if found.access is Access.PUBLIC else MATRIX.signed_in
        name = registered.handler.fn.__qualname__
        if not {name, name.rsplit(".", 1)[-1]} & listed:
            yield f"{name} ({found.access.value})"


def check_handlers() -> None:
    """Refuse to start while any handler is open.

    Raises:
        RuntimeError: names the handlers without `@requires`, or missing in the matrix.
    """
    if names := sorted({*undeclared_handlers(), *unlisted_handlers()}):
        raise RuntimeError(f"Handlers without @requires or a row: {', '.join(names)}")


def on_handler_error(exception: Exception) -> EventSpec:
    """Answer what a handler raised: our refusals in words, anything else by an incident id."""
    if isinstance(exception, auth.StepUpNeeded):
        return rx.redirect(routes.with_query(routes.CONFIRM_IDENTITY, next=auth.address()))
    if isinstance(exception, Invalid):
        return actions.say("That is not what was expected; load the page again", tone="danger")
    if isinstance(exception, Refused):
        _note_later(str(exception))
        return actions.say(str(exception), tone="danger")
    incident = auth.incident_id()
    logger.error("A handler failed", exc_info=exception, extra={"incident": incident})
    return actions.say(f"Something went wrong on our side. Incident {incident}", tone="danger")


_NOTING: set[asyncio.Task[None]] = set()
"""Keeps the tasks of `_note_later` alive until they are done."""


def _note_later(why: str) -> None:
    noting = asyncio.create_task(
        refusals.note(auth.current_actor(), what=auth.address(), why=why), name="note a refusal"
    )
    _NOTING.add(noting)
    noting.add_done_callback(_NOTING.discard)


def _short(event_name: str) -> str:
    """Return a handler's name as people know it: `orders_state.cancel`."""
    state, _, handler = event_name.rpartition(".")
    return f"{state.rpartition('____')[2]}.{handler}"


def _answer(*events: Any) -> StateUpdate:
    return StateUpdate(events=Event.from_event_type(list(events)))


def _address(state: BaseState) -> str:
    parts = urlsplit(str(state.router.url))
    address = f"{parts.path}?{parts.query}" if parts.query else parts.path
    return address if routes.is_ours(address) else routes.OVERVIEW
