"""One LISTEN per process tells open pages that what they show has changed.

A page names its topics; when one of them is touched, its `refresh` handler is queued for each tab
that shows the page, at most every 250 ms (less often with many tabs, so that refreshing never takes
more than half of the process). Read models are shared: `shared()` runs a query once per change for
all tabs that ask for the same, so a hundred sessions do not run a hundred queries.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from reflex.event import Event
from reflex_base.utils.format import format_event_handler

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.db.notify import CHANGES, listening
from patriot_app.core.domain.permissions import Actor, sees_personal_data
from patriot_app.web import sockets

logger = logging.getLogger(__name__)

T = TypeVar("T")
TICK_S = 0.1
PERIOD_S = 0.25
PERIOD_PER_TAB_S = 0.003
FRAME_TOPICS = frozenset(
    {"halts", "heartbeats", "accounts", "maintenance", "notifications", "notification_settings"}
)
FRAME_CALM_S = 5.0
SHARED_S = 1.0
SHARED_ENTRIES_MAX = 512
POLL_S = 5.0


@dataclass(slots=True)
class Tab:
    """One open page: what it shows and which handler brings it up to date.

    Attributes:
        frame_due_at: monotonic time from which the frame around the page is to be refreshed.
    """

    topics: frozenset[str]
    event_name: str
    dirty: bool = False
    refreshed_at: float = 0.0
    frame_due_at: float = float("inf")


@dataclass(slots=True)
class _Entry:
    task: asyncio.Task[Any]
    topics: frozenset[str]
    made_at: float


@dataclass(slots=True)
class Hub:
    """The tabs of this process and the read models that they share.

    Attributes:
        frame_event: handler that refreshes the frame around every page: a halt shows at once,
            the heartbeat within five seconds.
    """

    clock: Clock = field(default_factory=SystemClock)
    tabs: dict[str, Tab] = field(default_factory=dict)
    shared: dict[Hashable, _Entry] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    frame_event: str = ""

    def subscribe(self, token: str, topics: frozenset[str], event_name: str) -> None:
        """Let a tab follow topics; what it followed before is forgotten."""
        self.tabs[token] = Tab(topics, event_name, refreshed_at=self.clock.monotonic())

    def unsubscribe(self, token: str) -> None:
        """Forget a tab."""
        self.tabs.pop(token, None)

    def forget(self, topics: frozenset[str]) -> None:
        """Let what was read of topics be read anew: who acted sees his own change at once."""
        for key, entry in list(self.shared.items()):
            if entry.topics & topics:
                del self.shared[key]

    def touch(self, topics: frozenset[str]) -> None:
        """Note that topics changed; an empty set means: anything may have."""
        if topics:
            self.forget(topics)
        else:
            self.shared.clear()
        for tab in self.tabs.values():
            if not topics or tab.topics & topics:
                tab.dirty = True
            if self.frame_event and (not topics or topics & FRAME_TOPICS):
                delay_s = 0.0 if "halts" in topics else FRAME_CALM_S
                tab.frame_due_at = min(tab.frame_due_at, self.clock.monotonic() + delay_s)
        self.wake.set()

    def refresh_frame(self, token: str) -> None:
        """Let the frame around one tab be brought up to date at once."""
        tab = self.tabs.get(token)
        if tab is not None:
            tab.frame_due_at = self.clock.monotonic()
            self.wake.set()

    def due(self) -> list[tuple[str, str]]:
        """Return (token, event name) of the tabs to refresh now and mark them as refreshed."""
        now = self.clock.monotonic()
        period = max(PERIOD_S, len(self.tabs) * PERIOD_PER_TAB_S)
        due = []
        for token, tab in self.tabs.items():
            if tab.dirty and now - tab.refreshed_at >= period:
                tab.dirty, tab.refreshed_at = False, now
                due.append((token, tab.event_name))
            if now >= tab.frame_due_at:
                tab.frame_due_at = float("inf")
                due.append((token, self.frame_event))
        return due

    async def get(
        self,
        key: Hashable,
        topics: frozenset[str],
        make: Callable[[], Awaitable[T]],
        *,
        fresh_s: float = SHARED_S,
    ) -> T:
        """Return a shared value; the first who asks makes it, the others wait for him."""
        now = self.clock.monotonic()
        entry = self.shared.get(key)
        if entry is None or now - entry.made_at > fresh_s:
            if len(self.shared) >= SHARED_ENTRIES_MAX:
                self.shared.clear()
            entry = _Entry(asyncio.ensure_future(_run(make)), topics, now)
            self.shared[key] = entry
        try:
            value: T = await asyncio.shield(entry.task)
        except BaseException:
            self.shared.pop(key, None)
            raise
        return value


async def _run(make: Callable[[], Awaitable[T]]) -> T:
    return await make()


HUB = Hub()


def name_of(handler: Any) -> str:
    """Return the event name of a handler."""
    name: str = format_event_handler(handler)
    return name


def scope_of(actor: Actor) -> str:
    """Return for whom an answer is: all staff, those with masked data, or a customer."""
    if not actor.is_staff:
        return str(actor.user_id)
    return "staff" if sees_personal_data(actor) else "staff, masked"


async def shared(
    scope: Hashable,
    topics: str,
    query: Callable[..., Awaitable[T]],
    *args: Any,
    fresh_s: float = SHARED_S,
    **kwargs: Any,
) -> T:
    """Run a query once for all tabs that ask for the same until one of its topics is touched.

    Args:
        scope: `scope_of(actor)`; an actor among the arguments is not part of the key.
        topics: space-separated, such as "orders positions"; "" with a long `fresh_s` for what is
            costly and may be a little old, such as an equity curve.
    """
    asked = [repr(item) for item in args if not isinstance(item, Actor)]
    key = (scope, query.__module__, query.__qualname__, *asked, repr(sorted(kwargs.items())))
    return await HUB.get(
        key, frozenset(topics.split()), lambda: query(*args, **kwargs), fresh_s=fresh_s
    )


async def run(app: Any, url: str) -> None:
    """Listen and refresh for ever; the web process's lifespan runs this."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_hear(url))
        tasks.create_task(_refresh(app))
        tasks.create_task(sockets.run(app))


async def _hear(url: str) -> None:
    async with listening(url, CHANGES, poll_s=POLL_S) as notices:
        async for channel, payload in notices:
            topics = frozenset(part for part in payload.split(",") if part)
            HUB.touch(topics if channel else frozenset())
            sockets.TABS.hear(topics if channel else frozenset())


async def _refresh(app: Any) -> None:
    while True:
        await HUB.wake.wait()
        for token, name in HUB.due():
            if token not in app.event_namespace.token_to_sid:
                HUB.unsubscribe(token)
                continue
            await app.event_processor.enqueue(token, Event(name=name, payload={}))
        if not any(tab.dirty or tab.frame_due_at < float("inf") for tab in HUB.tabs.values()):
            HUB.wake.clear()
        await HUB.clock.sleep(TICK_S)
