"""Store answers of exchanges as they come, many with one commit.

No fixed window: what has come is stored as soon as nothing more is expected, so a single order and
the last of a chunk wait for nobody. While others are still on their way, and while one transaction
commits, the next batch gathers by itself.
"""

import asyncio
import logging
from collections.abc import Callable, Collection
from uuid import UUID

from patriot_app.core.clock import Clock
from patriot_app.core.domain.orders import AttemptState, WriteResult
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.domain.sending import Answer
from patriot_app.core.services import protection, sending
from patriot_app.core.unit_of_work import begin

log = logging.getLogger(__name__)

GATHER_S = 0.01
"""The longest that an answer waits for others of its chunk."""
TRIES = 3
RETRY_S = 0.2
OnStored = Callable[[Collection[UUID]], None]


class AnswerBook:
    """The answers of one chunk on their way into the database.

    Args:
        expected: how many answers the chunk brings.
        on_stored: told of each batch once it is in the books.

    Attributes:
        states: after the answers, as stored.
        results: the answers themselves.
    """

    def __init__(self, clock: Clock, *, expected: int, on_stored: OnStored | None = None) -> None:
        self._clock = clock
        self._on_stored = on_stored
        self._expected = expected
        self._waiting: list[Answer] = []
        self._some = asyncio.Event()
        self._all = asyncio.Event()
        self._is_closed = False
        self.states: dict[UUID, AttemptState] = {}
        self.results: dict[UUID, WriteResult] = {}

    def put(self, answer: Answer) -> None:
        """Note an answer; it is stored with the next batch."""
        self.results[answer.ticket.attempt.attempt_id] = answer.result
        self._waiting.append(answer)
        self._some.set()
        if len(self.results) >= self._expected:
            self._all.set()

    def close(self) -> None:
        """Say that no more will come."""
        self._is_closed = True
        self._some.set()
        self._all.set()

    async def write_until_closed(self) -> None:
        """Store batches until the book is closed and empty."""
        while not (self._is_closed and not self._waiting):
            await self._some.wait()
            await self._gather()
            self._some.clear()
            batch, self._waiting = self._waiting, []
            if batch:
                await self._write(batch)

    async def _gather(self) -> None:
        """Wait for the rest of the chunk, but not long."""
        if self._all.is_set():
            return
        rest = asyncio.create_task(self._all.wait())
        limit = asyncio.create_task(self._clock.sleep(GATHER_S))
        await asyncio.wait({rest, limit}, return_when=asyncio.FIRST_COMPLETED)
        rest.cancel()
        limit.cancel()

    async def _write(self, batch: list[Answer]) -> None:
        """Store a batch; one that cannot be stored stays SENDING and is looked up later."""
        sent = [answer.ticket.attempt for answer in batch]
        conditional = [one for one in sent if one.order.leg.is_conditional]
        for attempt in range(1, TRIES + 1):
            try:
                async with begin(SYSTEM, clock=self._clock) as uow:
                    if conditional:
                        await protection.lock(uow, [one.order.account_id for one in conditional])
                    states = await sending.record_results(uow, batch)
                    await protection.follow(uow, [one.attempt_id for one in conditional])
            except Exception:
                log.exception("storing_answers_failed", extra={"answers": len(batch)})
                if attempt < TRIES:
                    await self._clock.sleep(RETRY_S * attempt)
            else:
                self.states.update(states)
                if self._on_stored is not None:
                    self._on_stored(states.keys())
                return
