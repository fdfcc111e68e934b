"""An exchange that closes for maintenance, told of before by itself or by an operator."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.maintenance import CLOSE_AHEAD
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.services import maintenance
from patriot_app.core.unit_of_work import begin
from tests.simulation.clocks import NodeClock
from tests.simulation.desk import ACCOUNTS

if TYPE_CHECKING:
    from tests.simulation.world import World

JOB = "watch_maintenance"
LEAD_S = 6.0
"""So long before a window nothing opens in these worlds."""
SIGNALS = (9, 11)
"""So many, as most of them fall into the window."""
TOLD_S = (9.0, 12.0)
"""So long before its beginning a window is told of."""
LASTS_S = (6.0, 12.0)
OFF_BY_S = (-2.0, 0.0, 0.0, 5.0)
"""The exchange works again so much later than was told; the desk must wait for its word."""


@dataclass(frozen=True, slots=True)
class Closed:
    """One window, in wall seconds of the world.

    Attributes:
        told_at: since when the desk has it in its books.
        until: told as its end; the exchange may be closed longer.
    """

    exchange: Exchange
    told_at: float
    since: float
    until: float

    @property
    def no_entries_from(self) -> float:
        """Return from when on nothing opens."""
        return self.since - LEAD_S

    @property
    def nothing_from(self) -> float:
        """Return from when on nothing at all is marked to be sent."""
        return self.since - CLOSE_AHEAD.total_seconds()


class Maintenance:
    """The closures of one world.

    Attributes:
        windows: those that the desk knew before they began.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        self._clock = NodeClock(world.loop)
        self.windows: list[Closed] = []

    async def run(self) -> None:
        """Close one exchange once, and open it again."""
        world, chance = self._world, self._world.chance
        await asyncio.sleep(chance.between(4.0, 9.0))
        exchange = chance.choose(tuple(Exchange))
        since = world.loop.now + chance.between(*TOLD_S)
        until = since + chance.between(*LASTS_S)
        lasts_s = until - since + chance.choose(OFF_BY_S)
        chance.hits["maintenance"] += 1
        async with begin(SYSTEM, clock=self._clock) as uow:
            await maintenance.plan(
                uow,
                exchange=exchange,
                starts_at=_moment(since),
                ends_at=_moment(until),
                reason="Its status page says so",
            )
        self.windows.append(Closed(exchange, world.loop.now, since, until))
        world.venue.faults.plan(
            {
                "kind": "maintenance",
                "exchange": exchange.value,
                "in_s": since - world.loop.now,
                "for_s": lasts_s,
            }
        )
        await asyncio.sleep(self.windows[-1].nothing_from - world.loop.now)
        while world.loop.now < max(until, since + lasts_s):
            for account in ACCOUNTS:
                if account.exchange is exchange:
                    world.note_disturbed(account.key, "maintenance")
            await asyncio.sleep(0.5)


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(seconds=seconds)
