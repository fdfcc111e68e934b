"""Run worlds one after the other on one database."""

import asyncio
import gc
import hashlib
import logging
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta

from aiohttp import web

from daemon import inbox
from daemon.exchanges import stream_link
from daemon.exchanges.ccxt_gateway import CcxtGateway
from daemon.exchanges.endpoints import Endpoints
from daemon.exchanges.gateway import AccountSession, Credentials
from daemon.exchanges.transport import HttpRequest, RawResponse
from daemon.execution import clearance, dispatcher
from daemon.jobs import beat
from patriot_app.core import unit_of_work
from patriot_app.core.db import pipeline, sessions
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.domain.instruments import Instrument
from patriot_app.core.domain.permissions import SYSTEM
from patriot_app.core.queries import reader
from patriot_app.core.sealing import Secret
from patriot_app.core.services import maintenance as maintenance_windows
from patriot_app.core.services import maintenance_notices, market
from patriot_app.core.unit_of_work import begin
from tests.database import Server
from tests.simulation import callers
from tests.simulation.chance import Chance
from tests.simulation.checkers import every
from tests.simulation.clocks import NodeClock, virtual_sources
from tests.simulation.database import World as Database
from tests.simulation.desk import ACCOUNTS, write_desk
from tests.simulation.errors import watching
from tests.simulation.loop import VirtualLoop
from tests.simulation.replacing import replaced
from tests.simulation.sessions import driver
from tests.simulation.sockets import ServerEnd
from tests.simulation.venue import BASE_URL, Venue
from tests.simulation.world import World

log = logging.getLogger(__name__)

UNKNOWN_SPANS = """
SELECT extract(epoch FROM min(at) FILTER (WHERE before = 'unknown')
                          - min(at) FILTER (WHERE after = 'sending'))::float8
  FROM sim.moves GROUP BY id HAVING bool_or(before = 'unknown') AND bool_or(after = 'sending')
"""
"""Seconds from the mark of an order to the end of the doubt about it."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one seed.

    Attributes:
        digest: of trades, fills, states and steps; equal for equal code and seed.
        cases: by invariant, how often the world came to the point that it is about.
    """

    seed: int
    violations: tuple[str, ...]
    digest: str
    cases: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    points: Counter[str] = field(default_factory=Counter)
    crashed_at: Counter[str] = field(default_factory=Counter)
    virtual_s: float = 0.0
    steps: int = 0
    naked_s: tuple[float, ...] = ()
    excused_s: Counter[str] = field(default_factory=Counter)
    unknown_s: tuple[float, ...] = ()
    takeover_s: tuple[float, ...] = ()
    settled_s: float | None = None
    orders: int = 0
    stops: int = 0
    fills: int = 0


class Laboratory:
    """A database with the desk in it, and how to run a world on it."""

    def __init__(self, server: Server, name: str) -> None:
        self._loop = VirtualLoop(0)
        self._is_warm = False
        self._database = Database(server, name, lambda: self._loop.now)
        self._instruments: dict[tuple[Exchange, str], Instrument] = {}
        with _on(self._loop, 0), self._connected():
            self._loop.run_until_complete(self._furnish())
        self._loop.close()
        _keep_what_stands()

    def run(self, seed: int, *, chance: Chance | None = None, has_exits: bool = False) -> Result:
        """Run the world of a seed and check it."""
        drawn = chance or Chance(seed)
        world = World(seed, self._database, self._instruments, drawn, has_exits=has_exits)
        self._loop = world.loop
        self._database.reset()
        self._database.connection.disturbance = world.troubles
        gc.disable()
        try:
            with (
                _on(world.loop, seed),
                self._connected(),
                _outside(world),
                watching(world.errors),
            ):
                world.loop.set_exception_handler(world.note_unhandled)
                problem = self._live(world)
                # Now, and not whenever memory asks for it: an unheard error is heard at its end.
                gc.collect()
                violations, cases = ([problem], Counter()) if problem else self._check(world)
                return self._result(world, violations, cases)
        finally:
            gc.enable()
            self._database.connection.disturbance = None
            _close(world.loop)
            if not self._is_warm:
                # With the first world whatever is made once and kept has been made.
                self._is_warm = True
                _keep_what_stands()

    def close(self) -> None:
        """Close the connections."""
        self._database.close()

    def _check(self, world: World) -> tuple[list[str], Counter[str]]:
        """Judge the world as of its rest: what falls due afterwards nobody is left to do."""
        with self._database.later(timedelta(seconds=world.judged_at - world.loop.now)):
            return every.check(world)

    def _live(self, world: World) -> str:
        """Run to the end; return what broke the run itself, "" if nothing."""
        try:
            world.loop.run_until_complete(world.run())
        except Exception as error:
            log.exception("world_broke")
            return f"T17 the world broke: {type(error).__name__}: {error}"
        return ""

    def _result(self, world: World, violations: list[str], cases: Counter[str]) -> Result:
        database, chance = self._database, world.chance
        return Result(
            seed=world.seed,
            violations=tuple(violations),
            digest=self._digest(world),
            cases=cases,
            faults=chance.hits,
            points=chance.points,
            crashed_at=chance.crashed_at,
            virtual_s=world.loop.elapsed,
            steps=world.loop.steps,
            naked_s=tuple(world.watch.naked_s),
            excused_s=world.watch.excused_s,
            unknown_s=tuple(row[0] for row in database.read(UNKNOWN_SPANS)),
            takeover_s=tuple(world.watch.takeovers_s),
            settled_s=world.settled_after_s,
            orders=sum(1 for one in world.history.accepted if not one.is_conditional),
            stops=sum(1 for one in world.history.accepted if one.is_conditional),
            fills=database.read("SELECT count(*) FROM fills")[0][0],
        )

    def _digest(self, world: World) -> str:
        parts: list[object] = [world.loop.steps, round(world.loop.elapsed, 6)]
        for account in ACCOUNTS:
            truth = world.history.truth(account)
            parts += [(t.trade_id, str(t.quantity), str(t.price)) for t in truth.trades]
            parts.append(str(truth.wallet_balance))
        parts += self._database.read(
            "SELECT client_order_id, state, filled_quantity::text FROM attempts ORDER BY 1"
        )
        parts += self._database.read(
            "SELECT exchange_trade_id, quantity::text FROM fills ORDER BY 1"
        )
        parts += self._database.read("SELECT stream, sequence FROM stream_heads ORDER BY 1")
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    @contextmanager
    def _connected(self) -> Iterator[None]:
        sessions.use_engine(self._database.engine)
        try:
            yield
        finally:
            sessions.use_engine(None)

    async def _furnish(self) -> None:
        """Write the desk and, through the product's own way, the contracts."""
        database = self._database
        database.read("SELECT 1")
        write_desk(lambda statement, *values: database.read(statement, *values))
        venue = Venue(self._loop)
        gateway = CcxtGateway(
            endpoints=Endpoints(paper_url=BASE_URL),
            clock=NodeClock(self._loop),
            market_now=NodeClock(self._loop).now,
            transport=_Direct(venue),
        )
        for exchange in Exchange:
            # Binance tells its leverage brackets to a signed call only.
            one = next(account for account in ACCOUNTS if account.exchange is exchange)
            venue.open_account(exchange.value, one.key, one.secret, one.balance)
            session = AccountSession(
                account_id=one.id,
                exchange=exchange,
                mode=AccountMode.PAPER,
                credentials=Credentials(Secret(one.key.encode()), Secret(one.secret.encode())),
                source_address=None,
            )
            found = await gateway.fetch_instruments(exchange, AccountMode.PAPER, session=session)
            async with begin(SYSTEM, clock=NodeClock(self._loop)) as uow:
                await market.put_instruments(uow, exchange, found)
            self._instruments |= {(exchange, one.symbol): one for one in found}
        database.keep()


class _Direct:
    """A transport without any trouble, to furnish the desk."""

    def __init__(self, venue: Venue) -> None:
        self._venue = venue

    async def send(
        self, request: HttpRequest, *, timeout_s: float, local_address: str | None = None
    ) -> RawResponse:
        return await self._venue.answer(request, address="127.0.1.9")

    async def prewarm(self, url: str, *, connections: int, local_address: str | None) -> None:
        """Do nothing."""

    async def close(self) -> None:
        """Do nothing."""


@contextmanager
def _on(loop: VirtualLoop, seed: int) -> Iterator[None]:
    """Let time and chance of the product be those of a world."""
    with virtual_sources(loop, seed):
        yield


@contextmanager
def _outside(world: World) -> Iterator[None]:
    """Put the world in the place of sockets, streams and NOTIFY."""
    with ExitStack() as stack:
        for owner, name, value in (
            (stream_link, "connect", world.connect),
            (web, "WebSocketResponse", ServerEnd),
            (dispatcher, "listening", world.listening),
            (inbox, "listening", world.listening),
            (dispatcher, "POLL_S", 3.0),
            (beat, "EVERY_S", 3.0),
            (maintenance_windows, "get_settings", lambda: world.settings),
            (maintenance_notices, "get_settings", lambda: world.settings),
            (clearance, "listening", world.listening),
            (clearance, "POLL_S", 3.0),
            (unit_of_work, "new_session", callers.noting(world.database.new_session)),
            (reader, "new_session", callers.noting(world.database.new_session)),
            (pipeline, "_driver", driver),
        ):
            stack.enter_context(replaced(owner, name, value))
        yield


def _keep_what_stands() -> None:
    """Search what stands now no more for garbage: it stands for ever."""
    gc.collect()
    gc.freeze()


def _close(loop: VirtualLoop) -> None:
    """End what is left of a world's tasks."""
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    loop.close()
