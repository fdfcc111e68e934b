"""One daemon of the world: the product's own parts, put together as `daemon.app` does.

It can die at any effect (its tasks end, nothing of it reaches outside any more), stop for a while
(SIGSTOP), and be drained like on SIGTERM.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from contextvars import copy_context
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

from daemon import schedule
from daemon.context import Context, PriceBook
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.connection_pace import ConnectionPace
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.stream_link import CONNECTING_AT_ONCE_MAX, Shared
from daemon.exchanges.transport import shared_ssl_context
from daemon.execution import recovery
from daemon.execution.clearance import Clearance
from daemon.execution.dispatcher import Dispatcher
from daemon.execution.slices import Slicer
from daemon.execution.streams import Streams
from daemon.inbox import Inbox
from daemon.jobs import beat
from daemon.lease import LeaseKeeper
from daemon.vault import Vault
from patriot_app.core.clock import identity_market_clock
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.ids import new_id
from patriot_app.core.services.heartbeats import Lease
from tests.simulation.clocks import NodeClock
from tests.simulation.desk import INSTANCE_KEY, PRIVATE_KEY
from tests.simulation.errors import Crash
from tests.simulation.loop import NODE
from tests.simulation.prices import SYMBOLS
from tests.simulation.venue import BASE_URL
from tests.simulation.wire import Wire

if TYPE_CHECKING:
    from tests.simulation.world import World

log = logging.getLogger(__name__)
Worker = Callable[[], Coroutine[Any, Any, None]]

JOBS = frozenset(
    {
        "resolve_orders",
        "audit_orders",
        "audit_resting",
        "guard_positions",
        "recover_accounts",
        "watch_database",
        "watch_exchanges",
        "audit_stops",
        "sync_accounts",
        "ingest_ledger",
        "reconcile",
        "tend_entries",
    }
)
"""The jobs of the timetable that trade or keep the books in step with the exchange."""
PACE = {"resolve_orders": 2.0, "audit_orders": 2.0, "follow_exits": 2.0, "tend_entries": 3.0}
"""Seconds between runs where the timetable's are shorter than a world can afford."""
FENCE = "submitter._mark."
"""Between the pinned timestamp and the mark, and between the mark and the request: the two moments
that the protocol's fence is made for."""
_SSL = shared_ssl_context()
_TEMPLATES: dict[Any, Any] = {}
"""ccxt's own objects, built once for all worlds; every account gets its copy."""


class Node:
    """One process.

    Attributes:
        kept: callbacks that wait for the end of a stop.
        links: open streams, cut when the process ends.
    """

    def __init__(self, world: "World", number: int, life: int) -> None:
        self.world = world
        self.number = number
        self.name = f"node-{number}-{life}"
        self.address = f"127.0.1.{number}"
        self.clock = NodeClock(world.loop)
        self.tasks: dict[asyncio.Task[Any], None] = {}
        self.kept: list[asyncio.Handle] = []
        self.links: list[Any] = []
        self.is_alive = True
        self.is_draining = False
        self.stopped_until = 0.0
        self.cut_off_until = 0.0
        self.wire = Wire(world, self)
        self.context: Context | None = None
        self.dispatcher: Dispatcher | None = None

    @property
    def is_stopped(self) -> bool:
        """Tell whether the process does not run now although it exists."""
        return self.world.loop.elapsed < self.stopped_until

    def start(self) -> None:
        """Begin to live."""
        context = copy_context()
        context.run(NODE.set, self)
        self.world.loop.create_task(self._live(), context=context)

    def check(self) -> None:
        """Let nothing of a dead process happen.

        Raises:
            Crash: it is dead.
        """
        if not self.is_alive:
            raise Crash(self.name)

    async def point(self, name: str) -> None:
        """Pass a place at which a process may die or be stopped.

        Raises:
            Crash: it died here.
        """
        self.check()
        chance = self.world.chance
        self.maybe_die(name)
        if not self.world.is_one_victim:
            if name.startswith(FENCE) and chance.strikes("stop_at_the_fence", 0.05):
                self.stop(chance.between(4, 25))
                await asyncio.sleep(0)
            elif chance.strikes("stop", 0.004):
                self.stop(chance.between(1, 20))
                await asyncio.sleep(0)
        self.check()

    def maybe_die(self, point: str) -> None:
        """Pass a place at which a process may die.

        Raises:
            Crash: it died here.
        """
        chance = self.world.chance
        # In the quiet phase nobody dies: what is passed there only is no point of this world.
        if not chance.is_on:
            return
        chance.points[point] += 1
        is_killed = chance.strikes("kill", self.world.kill_share)
        if not self.world.is_one_victim:
            is_killed |= chance.dies_at(point)
            if point.startswith(FENCE):
                is_killed |= chance.strikes("kill_at_the_fence", 0.01)
        if is_killed:
            chance.crashed_at[point] += 1
            self.die()
            raise Crash(point)

    def die(self) -> None:
        """End at once."""
        if not self.is_alive:
            return
        self.is_alive = False
        self.stopped_until = 0.0
        self.world.loop.resume(self.kept)
        for link in self.links:
            link.cut()
        for task in list(self.tasks):
            task.cancel()
        self.world.on_death(self)

    def stop(self, seconds: float) -> None:
        """Stand still for a while, in the middle of whatever it does."""
        self.stopped_until = self.world.loop.elapsed + seconds
        # A little later, so that no rounding lets the end of the stop come before itself.
        self.world.loop.call_in_world(seconds + 0.001, self.world.loop.resume, self.kept)
        # What it was about to do it finds too late.
        self.world.loop.call_in_world(seconds + 0.001, self.world.note_disturbed, "", "stopped")

    def database_down_since(self) -> float | None:
        """Return since when this node cannot reach the database; None if it can."""
        return self.world.database_down_since(self)

    async def drain(self) -> None:
        """End like on SIGTERM: no new work, answers awaited, leases given back."""
        self.is_draining = True
        for task in list(self.tasks):
            if task.get_name().startswith(("work-", "job-")) and task.get_name() != "work-lease":
                task.cancel()
        await asyncio.sleep(0)
        assert self.context is not None
        if self.dispatcher is not None:
            await self.dispatcher.settle()
        await self.context.lease.release()
        self.die()

    async def _live(self) -> None:
        try:
            self.context = context = self._build()
            await context.lease.start()
            self.dispatcher = Dispatcher(context)
            workers: dict[str, Worker] = {
                "lease": context.lease.run,
                "beat": partial(beat.run, context),
                "streams": Streams(context).run,
                "fan_outs": self.dispatcher.run,
                "inbox": Inbox(context).run,
                "clearance": Clearance(context).run,
                "prices": partial(self._feed, context),
            }
            if self.world.has_slices:
                workers["slices"] = Slicer(context).run
            wanted = JOBS | self.world.further_jobs
            for job in schedule.TIMETABLE:
                if job.name in wanted:
                    every_s = PACE.get(job.name, job.every_s)
                    workers[f"job-{job.name}"] = partial(self._repeat, job.name, job.run, every_s)
            for name, work in workers.items():
                label = name if name.startswith("job-") else f"work-{name}"
                asyncio.create_task(self._supervise(name, work), name=label)  # noqa: RUF006
        except Crash:
            return
        except Exception:
            log.exception("start_failed")
            self.die()

    def _build(self) -> Context:
        world, clock = self.world, self.clock
        context: Context

        async def recover(lease: Lease) -> None:
            await recovery.run(context, lease)

        gateway = CcxtGateway(
            endpoints=Endpoints(paper_url=BASE_URL),
            clock=clock,
            market_now=clock.now,
            transport=self.wire,
            http_timeout_s=world.settings.http_timeout_s,
            receive_window_ms=world.settings.receive_window_ms,
        )
        gateway.caller.pool._templates = _TEMPLATES
        context = Context(
            process=self.name,
            role="trader",
            version="simulation",
            started_at=clock.now(),
            settings=world.settings,
            clock=clock,
            ids=new_id,
            gateway=gateway,
            streams=Shared(
                clock=clock,
                ssl_context=_SSL,
                connecting=asyncio.Semaphore(CONNECTING_AT_ONCE_MAX),
                random=world.chance.random.random,
                pace=ConnectionPace(clock),
            ),
            vault=Vault([PRIVATE_KEY]),
            lease=LeaseKeeper(
                owner=self.name, settings=world.settings, clock=clock, recover=recover
            ),
            prices=PriceBook(clock),
            instance_key=INSTANCE_KEY,
            market_clock=identity_market_clock(clock.now()),
            instruments=dict(world.instruments),
        )
        return context

    async def _feed(self, context: Context) -> None:
        """Tell the prices as the public streams would."""
        while True:
            if not self.world.chance.strikes("prices_missed", 0.1):
                for exchange, symbol in product(Exchange, SYMBOLS):
                    market = self.world.venue.engines[exchange.value].market(symbol)
                    context.prices.put(
                        exchange,
                        AccountMode.PAPER,
                        symbol,
                        mark=market.mark_price,
                        last=market.last_price,
                    )
            await self.clock.sleep(1.0)

    async def _repeat(
        self, name: str, run: Callable[[Context], Awaitable[None]], every_s: float
    ) -> None:
        """Run a job at its pace; a failure is logged and the next run comes as planned."""
        assert self.context is not None
        while True:
            started = self.clock.monotonic()
            try:
                await run(self.context)
            except Exception:
                log.exception("job_failed", extra={"job": name})
            await self.clock.sleep(max(0.0, started + every_s - self.clock.monotonic()))

    async def _supervise(self, name: str, work: Worker) -> None:
        """Run a worker; one that ends by an error brings the process down, as in `daemon.app`."""
        try:
            await work()
        except (asyncio.CancelledError, Crash):
            raise
        except BaseException as error:
            log.exception("worker_died")
            self.world.worker_deaths.append(f"{self.name} {name}: {error!r}")
            self.die()
