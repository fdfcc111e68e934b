"""One world: two daemons, both exchanges, one database, a script, and everything that goes wrong.

A run is a function of the seed and the code. After the active phase all faults stop; then the world
must come to rest by itself.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Mapping, Sequence
from contextlib import asynccontextmanager
from contextvars import Context as Variables
from decimal import Decimal
from functools import cache
from typing import Any

from daemon.exchanges.transport import HttpRequest
from patriot_app.core.domain.accounts import Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.settings import Settings
from tests.simulation import settling
from tests.simulation.chance import Chance
from tests.simulation.database import World as Database
from tests.simulation.desk import ACCOUNTS, BY_KEY, SHARDS
from tests.simulation.errors import Crash, ErrorWatch, StreamRefused
from tests.simulation.excuses import excuse_s
from tests.simulation.history import History
from tests.simulation.loop import NODE, VirtualLoop
from tests.simulation.maintenance import JOB, LEAD_S, Maintenance
from tests.simulation.node import Node
from tests.simulation.profiles import has_maintenance, has_slices
from tests.simulation.requests import CLIENT_ORDER_ID, host_of
from tests.simulation.script import Script
from tests.simulation.sockets import ClientEnd, Link, Opening
from tests.simulation.troubles import Troubles
from tests.simulation.venue import Venue
from tests.simulation.watch import Watch

log = logging.getLogger(__name__)

NODES = 2


def settings_of(chance: Chance, *, has_slices: bool) -> Settings:
    """Return the product's settings with short spans, so that a minute is full of events."""
    lease_ttl_s = chance.choose((3.5, 5.0, 6.0))
    return _settings(lease_ttl_s, chance.choose((2, 250)), has_slices)


@cache
def _settings(lease_ttl_s: float, fan_out_chunk: int, has_slices: bool) -> Settings:
    return Settings(
        # With slices, half the spread is more than an entry may cost: all are cut.
        twap_impact_bps=Decimal("0.0001") if has_slices else Decimal(0),
        twap_span_s=18.0,
        twap_slices_max=4,
        twap_late_s=8.0,
        database_url="postgresql+psycopg://",
        shards=SHARDS,
        receive_window_ms=2_000,
        http_timeout_s=3.0,
        clock_skew_ms=500,
        send_margin_ms=500,
        visibility_delay_binance_s=1.5,
        visibility_delay_bybit_s=2.5,
        lease_ttl_s=lease_ttl_s,
        lease_renew_s=1.25,
        fan_out_chunk=fan_out_chunk,
        unprotected_s_max=10.0,
        maintenance_lead_s=LEAD_S,
    )


class World:
    """Everything of one run.

    Attributes:
        chance: the seed's decisions.
        history: what truly happened, watched at the exchanges.
        watch: how long positions had no stop and shards no owner.
        troubles: faults that last: outages, cuts, mute streams.
        worker_deaths: workers of a node that ended by an error.
        errors: what the product logged, judged.
        has_slices: its entries at market are sent in slices.
        has_exits: its strategy leaves positions by a plan, and its price wanders.
        maintenance: of one of its exchanges; None in most worlds.
        settled_after_s: of quiet, None if the world never came to rest.
        judged_at: wall time up to which the world owed something; its nodes end a little later.
    """

    def __init__(
        self,
        seed: int,
        database: Database,
        instruments: Mapping[tuple[Exchange, str], Instrument],
        chance: Chance,
        *,
        has_exits: bool = False,
    ) -> None:
        self.seed = seed
        self.has_exits = has_exits
        self.database = database
        self.instruments = instruments
        self.chance = chance
        self.has_slices = has_slices(seed, chance)
        self.settings = settings_of(chance, has_slices=self.has_slices)
        self.kill_share = chance.choose((0.0003, 0.001, 0.003))
        self.loop = VirtualLoop(seed)
        self.venue = Venue(self.loop)
        self.troubles = Troubles(self)
        victim = self.troubles.victim
        self.victim_id = BY_KEY[victim].id if victim else None
        if victim:
            # A node that dies or stands still is trouble for all of its accounts.
            self.kill_share = 0.0
        self.history = History(self)
        self.watch = Watch(self)
        self.script = Script(self)
        self.maintenance = Maintenance(self) if has_maintenance(seed, chance) else None
        self.worker_deaths: list[str] = []
        self.unhandled: list[str] = []
        self.errors = ErrorWatch(self.is_disturbed)
        self.settled_after_s: float | None = None
        self.judged_at = 0.0
        self.is_over = False
        self.nodes: dict[int, Node] = {}
        self.all_nodes: list[Node] = []
        self.untied: list[str] = []
        self.writes_under_way = 0
        self.unrest = ""
        self._lives = 0
        self._links = 0
        self._tasks: dict[asyncio.Task[Any], None] = {}
        self._former: dict[str, float] = {}
        self._disturbed_until: dict[str, float] = {}
        self._disturbed_by: dict[str, str] = {}
        self._listeners: dict[str, list[asyncio.Event]] = {}

    @property
    def further_jobs(self) -> frozenset[str]:
        """Return the jobs that only some worlds have something to do for."""
        exits = {"follow_exits"} if self.has_exits else set()
        return frozenset(exits | ({JOB} if self.maintenance is not None else set()))

    @property
    def is_one_victim(self) -> bool:
        """Tell whether faults were confined to one account."""
        return self.victim_id is not None

    async def run(self) -> None:
        """Live from the first start to rest."""
        for account in ACCOUNTS:
            self.venue.open_account(
                account.exchange.value, account.key, account.secret, account.balance
            )
        self.history.watch()
        for number in range(1, NODES + 1):
            self._start_node(number)
        background = [
            self.spawn(work) for work in (self._market(), self.troubles.run(), self.watch.run())
        ]
        closure = None if self.maintenance is None else self.spawn(self.maintenance.run())
        await self.script.run()
        if closure is not None:
            await closure
        self.chance.is_on = False
        self.troubles.end()
        self.script.end()
        await settling.settle(self)
        self.judged_at = self.loop.now
        await settling.tie_out(self)
        self.is_over = True
        for node in list(self.nodes.values()):
            node.die()
        for task in background:
            task.cancel()
        await asyncio.sleep(20)

    def spawn(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Run something that belongs to no node."""
        task = asyncio.Task(work, loop=self.loop, context=Variables())
        self._tasks[task] = None
        task.add_done_callback(lambda done: self._tasks.pop(done, None), context=Variables())
        return task

    # -- faults -----------------------------------------------------------------------------

    def may_disturb(self, key: str) -> bool:
        """Tell whether an account's requests may go wrong in this world."""
        return self.troubles.victim in {"", key}

    def note_disturbed(self, key: str, fault: str) -> None:
        """Remember that a fault hit an account, or with "" all of them."""
        for account in ACCOUNTS:
            if key in {"", account.key}:
                until = self.loop.now + excuse_s(fault, account.exchange, self.settings)
                if until > self._disturbed_until.get(account.key, 0.0):
                    self._disturbed_until[account.key] = until
                    self._disturbed_by[account.key] = fault

    def is_excused(self, key: str) -> bool:
        """Tell whether a fault hit an account so lately that it explains a delay."""
        return self.loop.now < self._disturbed_until.get(key, 0.0)

    def excuse(self, key: str) -> str:
        """Return the fault that explains a delay for longest now, "" if none does."""
        return self._disturbed_by[key] if self.is_excused(key) else ""

    def is_disturbed(self) -> bool:
        """Tell whether a fault is still at work on any account."""
        return any(self.is_excused(account.key) for account in ACCOUNTS)

    def visibility_s(self, request: HttpRequest) -> float:
        """Return how long an order may stay invisible at the request's exchange."""
        if host_of(request) == "bybit":
            return self.settings.visibility_delay_bybit_s
        return self.settings.visibility_delay_binance_s

    def is_invisible(self, request: HttpRequest) -> bool:
        """Tell whether a look-up comes before the exchange shows an order that it has."""
        found = CLIENT_ORDER_ID.search(request.url)
        return found is not None and self.loop.now < self.history.invisible_until.get(
            found.group(), 0.0
        )

    def database_down_since(self, node: Node) -> float | None:
        """Return since when a node cannot reach the database."""
        return self.troubles.database_down_since(node)

    def note_unhandled(self, loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        """Remember an error that nobody waits for: of the product, the exchanges or ourselves."""
        error = context.get("exception")
        if isinstance(error, Crash | asyncio.CancelledError):
            return
        log.error("unhandled: %s", context.get("message"), exc_info=error)
        self.unhandled.append(f"{context.get('message')}: {error!r}")

    # -- nodes ------------------------------------------------------------------------------

    def on_death(self, node: Node) -> None:
        """Start the next life of a node after a while, as a supervisor would."""
        self.note_disturbed("", "node_died")
        if not self.is_over:
            self.loop.call_in_world(self.chance.between(0.5, 5.0), self._start_node, node.number)

    def owner_of(self, shard: int) -> Node | None:
        """Return the node that may trade a shard now."""
        for node in self.nodes.values():
            running = node.is_alive and not node.is_stopped and node.context is not None
            if running and shard in node.context.lease.ready:
                return node
        return None

    def _start_node(self, number: int) -> None:
        if self.is_over:
            return
        self._lives += 1
        node = Node(self, number, self._lives)
        self.nodes[number] = node
        self.all_nodes.append(node)
        self.loop.call_in_world(0.0, node.start)

    # -- what replaces the outside ----------------------------------------------------------

    def connect(self, url: str, **_: Any) -> Opening:
        """Open a stream like `websockets.connect`."""
        node = NODE.get()
        assert isinstance(node, Node)

        async def opened() -> ClientEnd:
            await asyncio.sleep(self.chance.between(0.02, 0.2))
            node.check()
            if self.troubles.is_stream_refused() or self.venue.is_closed_to(url):
                raise StreamRefused("stream refused")
            self._links += 1
            name = f"{self.seed}|link|{self._links}"
            link = Link(self.loop, self.troubles.delays_of_frame, name)
            node.links = [known for known in node.links if known.is_open]
            node.links.append(link)
            self.spawn(self.venue.serve(url, address=node.address, link=link))
            return ClientEnd(link)

        return Opening(opened)

    @asynccontextmanager
    async def listening(
        self, url: str, *channels: str, poll_s: float
    ) -> AsyncIterator[AsyncIterator[tuple[str, str]]]:
        """Wake like `core.db.notify.listening`: at news, and after silence."""
        yield self._listen(channels, poll_s)

    async def _listen(
        self, channels: Sequence[str], poll_s: float
    ) -> AsyncIterator[tuple[str, str]]:
        bell = asyncio.Event()
        for channel in channels:
            self._listeners.setdefault(channel, []).append(bell)
        yield "", ""
        while True:
            try:
                async with asyncio.timeout(poll_s):
                    await bell.wait()
            except TimeoutError:
                yield "", ""
            else:
                bell.clear()
                yield channels[0], ""

    def heard(self, channel: str) -> None:
        """Ring for those who listen."""
        for bell in self._listeners.get(channel, ()):
            if not self.chance.strikes("notify_lost", 0.2):
                self.loop.call_in_world(self.chance.between(0.001, 0.02), bell.set)

    async def _market(self) -> None:
        while True:
            await asyncio.sleep(0.5)
            self.venue.tick()
