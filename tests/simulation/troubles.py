"""Faults that are not one request's: the database, the streams, the machines.

Also the door between the product and the database: every transaction passes `before_transaction`,
`before_commit` and `after_commit`.
"""

import asyncio
from typing import TYPE_CHECKING

from tests.simulation.callers import CALLER
from tests.simulation.chance import Chance
from tests.simulation.desk import ACCOUNTS
from tests.simulation.errors import DatabaseLost, Deadlock
from tests.simulation.loop import NODE
from tests.simulation.node import Node
from tests.simulation.profiles import profile_of
from tests.simulation.sockets import Link

if TYPE_CHECKING:
    from tests.simulation.world import World

ROUND_S = 1.0
READING = "reading.read_fills"
"""Who stores trades that were read, with the cursor behind them."""
VICTIM_SHARE = 0.1
"""Worlds in which only one account's requests go wrong: the others must not notice."""


class Troubles:
    """What lasts in a world.

    Attributes:
        victim: key of the only account whose requests are disturbed; "" where all may be.
        refused: transactions that found no database.
    """

    def __init__(self, world: "World") -> None:
        self._world = world
        chance = world.chance
        profile = profile_of(chance)
        is_drawn = chance.random.random() < VICTIM_SHARE and not profile.faults
        is_confined = is_drawn or profile.is_confined
        self.victim = chance.choose(ACCOUNTS).key if is_confined else ""
        self.refused = 0
        self._down_since = 0.0
        self._down_until = 0.0
        self._cut_since: dict[int, float] = {}

    @property
    def _chance(self) -> Chance:
        return self._world.chance

    async def run(self) -> None:
        """Let troubles come, once a second."""
        while True:
            await asyncio.sleep(ROUND_S)
            if not self._chance.is_on or self.victim:
                continue
            self._trouble_database()
            for node in list(self._world.nodes.values()):
                if node.is_alive and not node.is_draining:
                    self._trouble_node(node)

    def end(self) -> None:
        """Stop everything that lasts."""
        world = self._world
        self._down_until = 0.0
        self.victim = ""
        for node in world.nodes.values():
            if node.clock.wall_ahead_s:
                world.note_disturbed("", "wall_clock_jumps")
            node.cut_off_until = 0.0
            node.clock.wall_ahead_s = 0.0
            for link in node.links:
                if link.is_mute:
                    link.cut()

    def database_down_since(self, node: Node) -> float | None:
        """Return since when a node cannot reach the database."""
        now = self._world.loop.now
        if now < self._down_until:
            return self._down_since
        if now < node.cut_off_until:
            return self._cut_since.get(node.number, now)
        return None

    # -- the database's door ------------------------------------------------------------------

    async def before_transaction(self) -> None:
        node = NODE.get()
        if not isinstance(node, Node):
            return
        name = CALLER.get()
        await node.point(f"{name}.before")
        chance = self._chance
        await asyncio.sleep(chance.between(0.0005, 0.006))
        if not self.victim and chance.strikes("database_slow", 0.004):
            self._world.note_disturbed("", "database_slow")
            await asyncio.sleep(chance.between(0.5, 5.0))
        node.check()
        if self.database_down_since(node) is not None:
            await asyncio.sleep(chance.between(0.01, 0.3))
            node.check()
            self.refused += 1
            raise DatabaseLost("the database does not answer")

    async def before_commit(self) -> bool:
        node = NODE.get()
        if not isinstance(node, Node):
            return False
        node.check()
        chance = self._chance
        node.maybe_die(f"{CALLER.get()}.commit")
        if self.victim:
            return False
        is_reading = CALLER.get() == READING
        if chance.strikes("deadlock", 0.003):
            self._world.note_disturbed("", "reading_not_stored" if is_reading else "deadlock")
            raise Deadlock("deadlock detected")
        if is_reading and chance.strikes("reading_not_stored", 0.02):
            self._world.note_disturbed("", "reading_not_stored")
            raise DatabaseLost("the connection was lost before COMMIT")
        if chance.strikes("commit_lost", 0.004):
            self._world.note_disturbed("", "reading_not_stored" if is_reading else "commit_lost")
            raise DatabaseLost("the connection was lost before COMMIT")
        if chance.strikes("commit_unknown", 0.006):
            self._world.note_disturbed("", "commit_unknown")
            return True
        return False

    async def after_commit(self) -> None:
        node = NODE.get()
        if isinstance(node, Node):
            await asyncio.sleep(self._chance.between(0.0005, 0.004))
            await node.point(f"{CALLER.get()}.after")

    def heard(self, channel: str) -> None:
        self._world.heard(channel)

    # -- streams ----------------------------------------------------------------------------------

    def is_stream_refused(self) -> bool:
        """Tell whether a stream cannot be opened now."""
        return not self.victim and self._chance.strikes("stream_refused", 0.1)

    def delays_of_frame(self, link: Link, frame: str) -> list[float]:
        """Return when a frame arrives: never, once or twice, soon or late."""
        chance, own = self._chance, link.random
        delay = own.uniform(0.005, 0.1)
        if self.victim:
            return [delay]
        if chance.strikes("frame_lost_with_stream", 0.01, of=own):
            self._world.loop.call_in_world(own.uniform(0, 2), link.cut)
            return []
        if chance.strikes("frame_late", 0.06, of=own):
            delay = own.uniform(1, 15)
            self._world.note_disturbed("", "frame_late")
        if chance.strikes("frame_twice", 0.06, of=own):
            return [delay, delay + own.uniform(0, 3)]
        if chance.strikes("frame_garbage", 0.01, of=own):
            self._world.loop.call_in_world(delay, link.arrive, '{"e":"NEW_EVENT","x":[1,{}]}')
        return [delay]

    # -- machines ----------------------------------------------------------------------------------

    def _trouble_database(self) -> None:
        world, chance = self._world, self._chance
        now = world.loop.now
        if now >= self._down_until and chance.strikes("database_down", 0.012):
            self._down_since, self._down_until = now, now + chance.between(0.5, 10)
        if now < self._down_until:
            world.note_disturbed("", "database_down")

    def _trouble_node(self, node: Node) -> None:
        world, chance = self._world, self._chance
        now = world.loop.now
        if chance.strikes("killed", 0.012):
            node.die()
        elif chance.strikes("stopped", 0.012):
            node.stop(chance.between(1, 15))
        elif chance.strikes("drained", 0.006):
            world.spawn(node.drain())
            world.note_disturbed("", "drained")
        elif chance.strikes("cut_from_database", 0.01):
            self._cut_since[node.number] = now
            node.cut_off_until = now + chance.between(1, 10)
        elif chance.strikes("wall_clock_jumps", 0.01):
            node.clock.wall_ahead_s = chance.choose((-3600.0, -3.0, 0.4, 4.0, 3600.0))
            world.note_disturbed("", "wall_clock_jumps")
        if now < node.cut_off_until:
            world.note_disturbed("", "cut")
        if node.links and chance.strikes("stream_cut", 0.03):
            chance.choose(node.links).cut()
        if node.links and chance.strikes("stream_mute", 0.01):
            chance.choose(node.links).is_mute = True
