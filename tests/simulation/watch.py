"""Looks at protection and ownership at a steady pace, and adds up how long what lasted."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from itertools import product
from typing import TYPE_CHECKING

from tests.simulation.desk import ACCOUNTS, SHARDS, SimAccount
from tests.simulation.history import Holding
from tests.simulation.prices import SYMBOLS

if TYPE_CHECKING:
    from tests.simulation.world import World

LOOK_EVERY_S = 0.5
NO_OWNER = "nobody owns the shard"


@dataclass(slots=True)
class Watch:
    """Spans of one world, in seconds.

    Attributes:
        naked_s: every span in which a position of ours had no stop.
        unexcused_s: by holding, the most seconds of one such span that nothing explains.
        watched_s: by holding, the most seconds of one such span in which a node owned the shard.
        excused_s: seconds without a stop that do not count, by what explains them; where several
            faults do, the one that lasts longest has them.
        takeovers_s: every span in which nobody might trade a shard.
    """

    world: "World"
    naked_s: list[float] = field(default_factory=list)
    unexcused_s: dict[Holding, float] = field(default_factory=dict)
    watched_s: dict[Holding, float] = field(default_factory=dict)
    excused_s: Counter[str] = field(default_factory=Counter)
    takeovers_s: list[float] = field(default_factory=list)
    _naked: dict[Holding, float] = field(default_factory=dict)
    _unexcused: dict[Holding, float] = field(default_factory=dict)
    _watched: dict[Holding, float] = field(default_factory=dict)
    _ownerless: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for account, symbol in product(ACCOUNTS, SYMBOLS):
                self._look_at(account, symbol)
            self._look_at_owners()

    def _look_at(self, account: SimAccount, symbol: str) -> None:
        holding = account.key, symbol
        if not self.world.history.is_naked(account, symbol):
            if holding in self._naked:
                self.naked_s.append(self._naked.pop(holding))
            self._unexcused[holding] = self._watched[holding] = 0.0
            return
        self._naked[holding] = self._naked.get(holding, 0.0) + LOOK_EVERY_S
        if self.world.owner_of(account.shard) is None:
            self.excused_s[NO_OWNER] += LOOK_EVERY_S
            return
        self._watched[holding] = self._watched.get(holding, 0.0) + LOOK_EVERY_S
        _raise_to(self.watched_s, holding, self._watched[holding])
        fault = self.world.excuse(account.key)
        if fault:
            self.excused_s[fault] += LOOK_EVERY_S
        else:
            self._unexcused[holding] = self._unexcused.get(holding, 0.0) + LOOK_EVERY_S
            _raise_to(self.unexcused_s, holding, self._unexcused[holding])

    def _look_at_owners(self) -> None:
        for shard in range(SHARDS):
            self.world.history.ready_epoch(shard)
            if self.world.owner_of(shard) is None:
                self._ownerless[shard] = self._ownerless.get(shard, 0.0) + LOOK_EVERY_S
            elif shard in self._ownerless:
                self.takeovers_s.append(self._ownerless.pop(shard))


def _raise_to(worst: dict[Holding, float], holding: Holding, seconds: float) -> None:
    worst[holding] = max(worst.get(holding, 0.0), seconds)
