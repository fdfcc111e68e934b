"""The product's clocks and ids, told by the virtual loop and the seed.

Product code reads time and chance in two modules only, `core.clock` and `core.ids`; a test over the
syntax tree keeps it so. While a world runs, these two read ours.
"""

import asyncio
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from patriot_app.core import clock as product_clock
from patriot_app.core import ids as product_ids
from tests.simulation.loop import VirtualLoop
from tests.simulation.replacing import replaced


class NodeClock:
    """The clock of one machine: the world's time, and how far the wall clock is off.

    Attributes:
        wall_ahead_s: by how much this machine's wall clock is wrong.
    """

    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop
        self.wall_ahead_s = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._loop.now + self.wall_ahead_s, UTC)

    def monotonic(self) -> float:
        return self._loop.elapsed

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Times:
    def __init__(self, loop: VirtualLoop) -> None:
        self._loop = loop

    def time_ns(self) -> int:
        return int(self._loop.now * 1e9)

    def monotonic(self) -> float:
        return self._loop.elapsed


class _Bytes:
    def __init__(self, seed: int) -> None:
        self._chance = random.Random(f"ids|{seed}")

    def urandom(self, count: int) -> bytes:
        return self._chance.randbytes(count)


@contextmanager
def virtual_sources(loop: VirtualLoop, seed: int) -> Iterator[None]:
    """Let the product's only readers of time and chance read the world's."""
    clock = NodeClock(loop)

    def now(_: Any) -> datetime:
        return clock.now()

    def monotonic(_: Any) -> float:
        return clock.monotonic()

    with (
        replaced(product_clock.SystemClock, "now", now),
        replaced(product_clock.SystemClock, "monotonic", monotonic),
        replaced(product_ids, "time", _Times(loop)),
        replaced(product_ids, "os", _Bytes(seed)),
        # Ids sort after all that the process made before: in a world after those of its own.
        replaced(product_ids, "_last_ticks", 0),
    ):
        yield
