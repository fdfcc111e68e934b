"""What faults put off: it ends with the exchange, whoever waits for it or does not."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable


class Delays:
    """Requests and acts that wait for their time.

    Args:
        sleep: how delays pass; a simulation gives its own.
    """

    def __init__(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        self._sleep = sleep
        self._delayed: set[asyncio.Task[object]] = set()

    @property
    def count(self) -> int:
        """How many wait now."""
        return len(self._delayed)

    async def sleep(self, seconds: float) -> None:
        """Let time pass in the task of whoever asks."""
        task = asyncio.current_task()
        assert task is not None
        self._delayed.add(task)
        try:
            await self._sleep(seconds)
        finally:
            self._delayed.discard(task)

    async def close(self) -> None:
        """End what still waits: nothing may be worked by an exchange that has closed."""
        left = list(self._delayed)
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)
