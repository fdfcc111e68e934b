"""Let a recorded chunk leave so that no account waits for another one's answer.

What needs nothing more leaves at once. Who needs another leverage first, or the answer to an exit,
leaves when he has it, together with those who have it at nearly the same moment.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from daemon.context import Context
from daemon.exchanges.throttle import Lane
from daemon.execution import leverage, submitter
from patriot_app.core.domain.sending import ReadyAttempt

GATHER_S = 0.05
"""How long the first who is ready waits for others, so that one transaction marks many."""


async def send(
    context: Context,
    attempts: Sequence[ReadyAttempt],
    known_leverage: Mapping[UUID, int | None],
    *,
    lane: Lane,
) -> int:
    """Send a chunk, each entry after the exit that it waits for; return how many stayed unsent.

    Args:
        known_leverage: at the exchange by account, None if never seen.
        lane: of what waits for nothing.
    """
    unset = leverage.wanting(attempts, known_leverage)
    later = unset | {a.attempt_id for a in attempts if a.order.waits_for is not None}
    first = [attempt for attempt in attempts if attempt.attempt_id not in later]
    if not later:
        leverage.note(context, first)
        return len((await submitter.send(context, first, lane=lane)).unsent)
    departure = _Departure(context, attempts, unset)
    return await departure.run(first, [a for a in attempts if a.attempt_id in later], lane)


@dataclass(slots=True)
class _Departure:
    """One chunk of which some accounts are not ready yet.

    Attributes:
        unset: entries whose account has another leverage yet.
        answered: by intent, the exits of this chunk that others wait for.
        sends: groups under way; each returns how many stayed unsent.
    """

    context: Context
    attempts: Sequence[ReadyAttempt]
    unset: set[UUID]
    gate: asyncio.Semaphore = field(
        default_factory=lambda: asyncio.Semaphore(leverage.CONCURRENT_MAX)
    )
    answered: dict[UUID, asyncio.Event] = field(default_factory=dict)
    sends: list[asyncio.Task[int]] = field(default_factory=list)

    async def run(
        self, first: Sequence[ReadyAttempt], later: Sequence[ReadyAttempt], lane: Lane
    ) -> int:
        """Send all groups; return how many attempts stayed unsent."""
        awaited = {attempt.order.waits_for for attempt in later}
        here = {attempt.order.intent_id for attempt in self.attempts}
        self.answered = {each: asyncio.Event() for each in awaited & here if each is not None}
        waiting = {asyncio.create_task(self._get_ready(each)): each for each in later}
        try:
            if first:
                self.sends.append(asyncio.create_task(self._send(first, lane)))
            await self._follow(waiting)
            return sum(await asyncio.gather(*self.sends))
        except BaseException:
            rest = [*waiting, *self.sends]
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            raise

    async def _follow(self, waiting: "dict[asyncio.Task[str], ReadyAttempt]") -> None:
        """Send those who get ready, in groups."""
        left = set(waiting)
        while left:
            done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
            if left:
                more, left = await asyncio.wait(left, timeout=GATHER_S)
                done |= more
            # In the order of the chunk: the account that goes first was chosen.
            problems = {each: task.result() for task, each in waiting.items() if task in done}
            self.sends.append(asyncio.create_task(self._send_ready(problems)))

    async def _send_ready(self, problems: Mapping[ReadyAttempt, str]) -> int:
        changed = {a: what for a, what in problems.items() if a.attempt_id in self.unset}
        await leverage.record(self.context, changed)
        ready = [attempt for attempt, problem in problems.items() if not problem]
        unsent = len(problems) - len(ready)
        return unsent + (await self._send(ready, Lane.ENTRY) if ready else 0)

    async def _send(self, group: Sequence[ReadyAttempt], lane: Lane) -> int:
        leverage.note(self.context, group)
        try:
            sent = await submitter.send(self.context, group, lane=lane, on_stored=self._release)
        finally:
            self._release({attempt.attempt_id for attempt in group})
        return len(sent.unsent)

    def _release(self, answered: Collection[UUID]) -> None:
        """Let those go on who wait for these; whether they may leave is for the fence to say."""
        for attempt in self.attempts:
            event = self.answered.get(attempt.order.intent_id)
            if event is not None and attempt.attempt_id in answered:
                event.set()

    async def _get_ready(self, attempt: ReadyAttempt) -> str:
        """Wait for what an attempt needs; return "" or why it cannot be sent."""
        if attempt.attempt_id in self.unset:
            problem = await leverage.set_one(self.context, attempt, self.gate)
            if problem:
                return problem
        if attempt.order.waits_for in self.answered:
            await self.answered[attempt.order.waits_for].wait()
        return ""
