"""Close the open pages of a session that has ended, at once and in every browser.

The guard refuses the next event of an ended session by itself. A page that only listens would go on
showing what it had, so each process remembers which session filled which tab, looks at the database
whenever a session was ended anywhere, and leads such tabs to the sign-in page before it closes
their sockets.
"""

import asyncio
import logging
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import reflex as rx
from reflex.event import Event
from reflex.state import StateUpdate
from reflex_base.constants.state import FIELD_MARKER

from patriot_app.core.errors import PatriotError
from patriot_app.core.queries import sessions as session_queries
from patriot_app.web import routes

logger = logging.getLogger(__name__)

TOPIC = "sessions"
NAMESPACE = "/_event"
LEAD_TIME_S = 0.25
"""Between the way to the sign-in page and the end of the socket that carries it."""


@dataclass(slots=True)
class OpenTabs:
    """Which session each tab of this process belongs to.

    Attributes:
        sessions: by the tab's token.
    """

    sessions: dict[str, UUID] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)

    def belongs(self, tab: str, session_id: UUID | None) -> None:
        """Note whose tab it is; None: nobody's any more."""
        if session_id is None:
            self.sessions.pop(tab, None)
        else:
            self.sessions[tab] = session_id

    def hear(self, topics: frozenset[str]) -> None:
        """Look soon, if a session may have ended; an empty set means: anything may have changed."""
        if not topics or TOPIC in topics:
            self.wake.set()

    async def ended(self) -> list[str]:
        """Return the tabs whose session has ended, and forget them."""
        ended = await session_queries.ended_among(set(self.sessions.values()))
        tabs = [tab for tab, session_id in self.sessions.items() if session_id in ended]
        for tab in tabs:
            self.sessions.pop(tab, None)
        return tabs


TABS = OpenTabs()
_FAREWELL: dict[str, dict[str, str]] = {}
"""What the states of the sign-in page show to whoever is led there, by state and variable."""


def show_on_leaving(state: type[rx.State], **values: str) -> None:
    """Have a tab that is led away know what the sign-in page says.

    The page asks for its words when it opens, over the socket that is just being closed: on a busy
    machine the answer finds nobody.
    """
    _FAREWELL[state.get_full_name()] = {
        f"{name}{FIELD_MARKER}": value for name, value in values.items()
    }


async def run(app: Any) -> None:
    """Close what has ended, for ever; the web process's lifespan runs this."""
    while True:
        await TABS.wake.wait()
        TABS.wake.clear()
        try:
            await _close_ended(app)
        except (PatriotError, OSError):
            # The next event of each tab is refused anyway, and the next word is five seconds away.
            logger.exception("Ended sessions could not be looked up")


async def _close_ended(app: Any) -> None:
    namespace = app.event_namespace
    for tab in [tab for tab in TABS.sessions if tab not in namespace.token_to_sid]:
        TABS.sessions.pop(tab, None)
    closing = [_close(app, tab) for tab in await TABS.ended()]
    await asyncio.gather(*closing)


async def _close(app: Any, tab: str) -> None:
    namespace = app.event_namespace
    sid = namespace.token_to_sid.get(tab)
    if sid is None:
        return
    leave = rx.redirect(routes.with_query(routes.SIGN_IN, problem="ended"), replace=True)
    update = StateUpdate(delta=_FAREWELL, events=Event.from_event_type([leave]))
    await namespace.emit_update(update, tab)
    await asyncio.sleep(LEAD_TIME_S)
    await app.sio.disconnect(sid, namespace=NAMESPACE)
