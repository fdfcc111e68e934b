"""How much slower than alone the desk's own processes ran, told by the kernel for each thread.

The load of a machine says how many want to run, not who gets to: what has a higher priority than the
others hardly waits on a machine that is full, and what shares it evenly waits for most of the time.
"""

import asyncio
import os
from collections import deque
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

LOOK_EVERY_S = 2.0
LOOKS = 5
"""Ten seconds, as long as the promise about stops: who waits in one of them is only served later."""
BUSY_S_MIN = 0.5
"""A window in which nobody of ours wanted to run tells nothing."""


@dataclass(frozen=True, slots=True)
class Turns:
    """What one thread did until now, ns: `ran` on a processor, `waited` for one while it could run."""

    ran: int
    waited: int


Sample = Mapping[tuple[int, str], Turns]


def slowness_of(before: Sample, after: Sample) -> float:
    """Return how many times longer the same work took than without waiting for a processor.

    Threads that began or ended between the samples are left out.
    """
    both = before.keys() & after.keys()
    ran = sum(after[one].ran - before[one].ran for one in both)
    waited = sum(after[one].waited - before[one].waited for one in both)
    if ran <= 0 or ran + waited < BUSY_S_MIN * 1e9:
        return 1.0
    return 1.0 + waited / ran


def sample() -> Sample:
    """Return the turns of every thread of this process and of those that it started."""
    ours = psutil.Process()
    pids = [ours.pid, *(one.pid for one in ours.children(recursive=True))]
    return dict(_turns_of(pids))


def _turns_of(pids: Iterable[int]) -> Iterable[tuple[tuple[int, str], Turns]]:
    for pid in pids:
        # A process may end while it is looked at.
        with suppress(OSError, ValueError):
            for task in os.scandir(Path("/proc") / str(pid) / "task"):
                ran, waited, _ = (Path(task.path) / "schedstat").read_text().split()
                yield (pid, task.name), Turns(int(ran), int(waited))


class Starvation:
    """The most that our processes were held up in any window so far."""

    def __init__(self) -> None:
        self._samples: deque[Sample] = deque(maxlen=LOOKS + 1)
        self._most = 1.0

    @property
    def most(self) -> float:
        """How many times longer work took in the worst window; in all of it where it was shorter."""
        if len(self._samples) > LOOKS:
            return self._most
        return slowness_of(self._samples[0], self._samples[-1]) if self._samples else 1.0

    async def watch(self) -> None:
        """Measure until cancelled."""
        while True:
            self.put(sample())
            await asyncio.sleep(LOOK_EVERY_S)

    def put(self, taken: Sample) -> None:
        """Compare a sample with the one a window before it."""
        self._samples.append(taken)
        if len(self._samples) > LOOKS:
            self._most = max(self._most, slowness_of(self._samples[0], taken))
