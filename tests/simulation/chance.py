"""Everything that a seed decides: which faults exist in a world, and when each strikes."""

import random
from collections import Counter
from collections.abc import Sequence
from typing import TypeVar
from zlib import crc32

T = TypeVar("T")

TURNS = 83
"""Of so many worlds that come to a point one sees a process die there, calm ones excepted."""
DEATH = "kill_at_first_pass"

ENABLED_SHARE = 0.6
SCALES = (0.0, 0.3, 1.0, 1.0, 2.0)
"""How often faults strike in a world, against their stated probability; 0 is a calm world."""


class Chance:
    """The seed's decisions; a swarm: each world has its own mix of faults.

    Attributes:
        hits: how often each fault struck.
        points: crash points passed, and those at which a crash happened.
        is_on: faults strike; off in the quiet last phase.
        only: if given, exactly these faults are there (to aim at one moment).
        never: faults that do not strike (for shrinking).
    """

    def __init__(
        self,
        seed: int,
        *,
        only: frozenset[str] = frozenset(),
        never: frozenset[str] = frozenset(),
        scale: float | None = None,
    ) -> None:
        self.random = random.Random(seed * 2_654_435_761 % 2**63)
        drawn = self.random.choice(SCALES)
        self.scale = drawn if scale is None else scale
        self.hits: Counter[str] = Counter()
        self.points: Counter[str] = Counter()
        self.crashed_at: Counter[str] = Counter()
        self.is_on = True
        self._only = only
        self._never = never
        self._seed = seed
        self._enabled: dict[str, bool] = {}

    def strikes(self, fault: str, probability: float, *, of: random.Random | None = None) -> bool:
        """Tell whether a fault strikes now.

        Args:
            of: who draws, where the order of those who ask is not ours to know.
        """
        if not self.is_on or not self.is_enabled(fault):
            return False
        if (of or self.random).random() >= probability * self.scale:
            return False
        self.hits[fault] += 1
        return True

    def dies_at(self, point: str) -> bool:
        """Tell whether a process dies where the world comes for the first time.

        Every point has its turn in one of so many seeds, the rare ones like those that are passed a
        thousand times.
        """
        is_turn = (crc32(point.encode()) + self._seed) % TURNS == 0
        if self.points[point] != 1 or not is_turn or not self.is_on:
            return False
        if self._only or not self.scale or DEATH in self._never:
            return False
        self.hits[DEATH] += 1
        return True

    def is_enabled(self, fault: str) -> bool:
        """Tell whether this world has a fault at all; each has its own draw, whoever asks first."""
        if fault not in self._enabled:
            drawn = random.Random(f"{self._seed}|{fault}").random() < ENABLED_SHARE
            chosen = fault in self._only if self._only else drawn
            self._enabled[fault] = chosen and fault not in self._never
        return self._enabled[fault]

    def between(self, low: float, high: float) -> float:
        """Draw a number."""
        return self.random.uniform(low, high)

    def choose(self, among: Sequence[T]) -> T:
        """Draw one of several."""
        return self.random.choice(among)
