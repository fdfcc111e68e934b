"""An event loop whose time is a number: nothing waits, and the seed decides who goes first.

When nothing is ready, time jumps to the next timer. Callbacks belong to a node by their context; a
node that is stopped (SIGSTOP, a stalled machine) keeps what would have run until it goes on.
"""

import asyncio
import heapq
import random
import selectors
from collections.abc import Callable
from contextvars import Context, ContextVar
from typing import Any, Protocol

EPOCH_S = 1_767_603_600.0
"""Monday 2026-01-05 09:00 UTC: where wall time begins in every world."""
STEPS_WITHOUT_TIME_MAX = 200_000


class Stoppable(Protocol):
    """What the loop must know of a node."""

    tasks: dict[asyncio.Task[Any], None]
    kept: list[asyncio.Handle]

    @property
    def is_stopped(self) -> bool: ...


NODE: ContextVar[Stoppable | None] = ContextVar("node", default=None)
"""The node that the running callback belongs to; None for the world itself."""


class Stuck(Exception):
    """Nothing is scheduled any more, or time does not move."""


class _NoSelector(selectors.BaseSelector):
    """Keeps the loop's own registrations; nothing of the outside is ever waited for."""

    def __init__(self) -> None:
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        number = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        key = selectors.SelectorKey(fileobj, number, events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        return []

    def get_map(self) -> Any:
        return self._keys


Timer = tuple[float, int, asyncio.TimerHandle]
"""When, in which order it was set, and what happens then."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """Runs callbacks in an order drawn from the seed.

    Attributes:
        elapsed: seconds since the world began.
        steps: callbacks run so far; part of the digest.
    """

    def __init__(self, seed: int) -> None:
        super().__init__(_NoSelector())
        self.elapsed = 0.0
        self.steps = 0
        self._timers: list[Timer] = []
        self._timers_set = 0
        self._chance = random.Random(seed)
        self._shuffled_share = self._chance.choice((0.0, 0.2, 0.5))
        self._last_move = 0
        self.set_task_factory(_make_task)

    @property
    def now(self) -> float:
        """Return the wall time in seconds since 1970."""
        return EPOCH_S + self.elapsed

    def time(self) -> float:
        return self.elapsed

    def call_at(
        self,
        when: float,
        callback: Callable[..., Any],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        # Of several timers for the same moment the one that was set first comes first.
        self._timers_set += 1
        timer = asyncio.TimerHandle(when, callback, args, self, context)
        heapq.heappush(self._timers, (when, self._timers_set, timer))
        return timer

    def call_in_world(self, delay_s: float, work: Callable[..., Any], *arguments: Any) -> None:
        """Call something later that no node's end or stop can hold up."""
        context = Context()
        self.call_later(delay_s, work, *arguments, context=context)

    def resume(self, kept: list[asyncio.Handle]) -> None:
        """Let a node's callbacks run again, in the order in which they were held."""
        self._ready.extend(kept)  # type: ignore[attr-defined]
        kept.clear()

    def _asyncgen_firstiter_hook(self, agen: Any) -> None:
        """Keep no list of generators: every block of a world ends with its task."""

    def _run_once(self) -> None:
        timers, ready = self._timers, self._ready  # type: ignore[attr-defined]
        while timers and timers[0][2]._cancelled:  # type: ignore[attr-defined]
            heapq.heappop(timers)
        if not ready:
            if not timers:
                raise Stuck("nothing is scheduled")
            if timers[0][0] > self.elapsed:
                self.elapsed = timers[0][0]
                self._last_move = self.steps
        while timers and timers[0][0] <= self.elapsed:
            ready.append(heapq.heappop(timers)[2])
        batch = list(ready)
        ready.clear()
        if len(batch) > 1 and self._chance.random() < self._shuffled_share:
            self._chance.shuffle(batch)
        self._run_batch(batch)

    def _run_batch(self, batch: list[asyncio.Handle]) -> None:
        for handle in batch:
            if handle.cancelled():
                continue
            node = handle._context.get(NODE)  # type: ignore[attr-defined]
            if node is not None and node.is_stopped:
                node.kept.append(handle)
                continue
            self.steps += 1
            handle._run()  # type: ignore[attr-defined]
        if self.steps - self._last_move > STEPS_WITHOUT_TIME_MAX:
            raise Stuck("time does not move: something waits busily")


def _make_task(
    loop: asyncio.AbstractEventLoop, work: Any, *, context: Context | None = None, **options: Any
) -> asyncio.Task[Any]:
    """Make a task and let its node know it, so that the node can end like a process."""
    task: asyncio.Task[Any] = asyncio.Task(work, loop=loop, context=context, **options)
    node = NODE.get() if context is None else context.get(NODE)
    if node is not None:
        node.tasks[task] = None
        task.add_done_callback(lambda done: node.tasks.pop(done, None), context=Context())
    return task
