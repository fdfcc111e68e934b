"""The process of the paper exchange: prices, engines, both dialects, control, durable state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson
from aiohttp import web

from daemon.paper_exchange import bybit
from daemon.paper_exchange.binance.call import BinanceOptions
from daemon.paper_exchange.binance.mount import mount_binance
from daemon.paper_exchange.bybit.visibility import BybitOptions
from daemon.paper_exchange.candles import DAY_MS
from daemon.paper_exchange.clock import MarketClock, wall_ms
from daemon.paper_exchange.control.routes import PREFIX, Desk, mount_control
from daemon.paper_exchange.control.serving import answer_unknown, serve
from daemon.paper_exchange.depth import RECOVERY_MS
from daemon.paper_exchange.engine import Engine
from daemon.paper_exchange.faults.book import FaultBook
from daemon.paper_exchange.faults.keeping import keep_faults
from daemon.paper_exchange.front import Front
from daemon.paper_exchange.host import PaperHost
from daemon.paper_exchange.instruments import INSTRUMENTS
from daemon.paper_exchange.interventions import Interventions
from daemon.paper_exchange.journal import Journal
from daemon.paper_exchange.listening import listen
from daemon.paper_exchange.model import SeededModel
from daemon.paper_exchange.page.routes import mount_page
from daemon.paper_exchange.prices import MINUTE_MS, PriceSource, TickedSource
from daemon.paper_exchange.profiles import PROFILES
from daemon.paper_exchange.refusal_pages import answer_nowhere
from daemon.paper_exchange.replay import ReplaySource
from daemon.paper_exchange.timed import TimedSource, read_timed
from daemon.paper_exchange.truth import TruthLog, TruthRecorder

TICK_S: Final = 0.2
SNAPSHOT_S: Final = 60.0
LONGEST_PAUSE_S: Final = 10.0
"""After a longer stall (a suspended machine) market time goes on where it was."""
WARM_UP_MS: Final = 30 * DAY_MS
REPLAY_WARM_UP_MS: Final = DAY_MS
DEFAULT_SPEED: Final = 60.0
DEFAULT_START: Final = datetime(2025, 6, 2, tzinfo=UTC)

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class PaperOptions:
    """How to run a paper exchange.

    Attributes:
        home: folder of the durable state; None keeps everything in memory.
        start: market time of the very first start; default: a fixed date, or a day after the
            first candle of a replay.
        speed: market seconds a wall second; None keeps the last run's (at first 60).
        paused: whether market time stands; None keeps the last run's (at first it runs).
        replay: file or folder of 1-minute candles; None takes the seeded model.
        recovery_s: market seconds until what an order took of the book is back; 0 shows every
            order the whole book; None keeps the home's (at first 60).
    """

    home: Path | None = None
    seed: int = 7
    start: datetime | None = None
    speed: float | None = None
    paused: bool | None = None
    replay: Path | None = None
    recovery_s: int | None = None
    binance: BinanceOptions | None = None
    bybit: BybitOptions | None = None


class PaperExchange:
    """A running paper exchange."""

    def __init__(self, options: PaperOptions) -> None:
        """Load prices and state.

        Raises:
            ValueError: the home was made with other prices.
        """
        self._options = options
        self._journal = Journal(options.home) if options.home is not None else None
        self._log = TruthLog(options.home)
        faults = FaultBook()
        self._recorder = TruthRecorder(
            self._log, journal=self._journal, faults=faults, wall_ms=wall_ms
        )
        start_ms, source = open_source(options)
        stored = self._journal.read_clock() if self._journal is not None else None
        market_ms = start_ms if stored is None else stored["market_ms"]
        speed = options.speed or (DEFAULT_SPEED if stored is None else stored["speed"])
        self.clock = MarketClock(
            market_ms=market_ms,
            speed=speed,
            paused=True,
            end_ms=source.end_ms,
        )
        self.engines = {
            name: Engine(
                profile=profile,
                instruments=INSTRUMENTS[name],
                source=TickedSource(source, INSTRUMENTS[name]),
                clock=self.clock,
                recorder=self._recorder,
                book_seed=0 if options.replay is not None else options.seed,
                recovery_ms=read_recovery_ms(options),
            )
            for name, profile in PROFILES.items()
        }
        self._recorder.engines = self.engines
        if self._journal is not None:
            self._journal.restore(self.engines)
        paused = options.paused
        if paused is None:
            paused = stored is not None and bool(stored["paused"])
        self.clock.set(paused=paused)
        self.host = PaperHost(engines=self.engines, clock=self.clock, faults=faults)
        interventions = Interventions(self.host)
        faults.act = interventions.act
        faults.listeners.append(interventions.refresh)
        self._desk = Desk(self.host, self._journal, self._log, self._recorder)
        self._note_clock()
        if options.home is not None:
            keep_faults(faults, options.home)
        self.snapshot()
        self._runner: web.AppRunner | None = None
        self._server: asyncio.Server | None = None
        self.front: Front | None = None
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self, host: str = "127.0.0.1", port: int = 0) -> str:
        """Listen and let market time run; return the base URL."""
        app = web.Application(client_max_size=1 << 20)
        mount_binance(app, self.host.seen_by("binance"), self._options.binance)
        bybit.mount(app, self.host.seen_by("bybit"), self._options.bybit)
        mount_control(app, self._desk)
        mount_page(app, self._desk)
        app.router.add_route("*", f"{PREFIX}/{{rest:.*}}", serve(answer_unknown))
        self.host.entrance.add_beginning(app, "binance", "/", answer_nowhere)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=2.0)
        await self._runner.setup()
        self.front, self._server = await listen(self._runner, self.host.entrance, host, port)
        self._tasks = [
            asyncio.create_task(self._run_market()),
            asyncio.create_task(self._run_snapshots()),
        ]
        bound = self._server.sockets[0].getsockname()
        return f"http://{bound[0]}:{bound[1]}"

    async def stop(self) -> None:
        """Stop listening and keep the state."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task
        if self._server is not None and self.front is not None:
            self._server.close()
            self.front.close()
        if self._runner is not None:
            await self._runner.cleanup()
        await self.host.faults.delays.close()
        for engine in self.engines.values():
            engine.enter()
        self.snapshot()
        if self._journal is not None:
            self._journal.close()
        self._log.close()

    def snapshot(self) -> None:
        """Write the durable state."""
        if self._journal is not None:
            self._journal.snapshot(self.engines, self.clock)

    def _note_clock(self) -> None:
        reading = self.clock.read()
        self._recorder.record_clock(
            market_ms=reading.market_ms, speed=reading.speed, paused=reading.paused
        )

    async def _run_market(self) -> None:
        last_s, last_ms = time.monotonic(), self.clock.now_ms()
        while True:
            await asyncio.sleep(TICK_S)
            now_s = time.monotonic()
            if now_s - last_s > LONGEST_PAUSE_S:
                _log.warning("market time stood still for %.0f s", now_s - last_s)
                # A step that was commanded meanwhile stays, however long it took.
                self.clock.set(market_ms=max(last_ms, self.clock.origin_ms))
                self._note_clock()
            try:
                self.host.faults.tidy()
                for engine in self.engines.values():
                    engine.tick()
            except Exception:
                _log.exception("market step failed at %d", self.clock.now_ms())
            last_s, last_ms = time.monotonic(), self.clock.now_ms()

    async def _run_snapshots(self) -> None:
        while True:
            await asyncio.sleep(SNAPSHOT_S)
            self.snapshot()


def open_source(options: PaperOptions) -> tuple[int, PriceSource]:
    """Return the first market time and the prices; a home remembers both.

    Raises:
        ValueError: the home was made with other prices.
    """
    wanted: dict[str, object] = {
        "replay": str(options.replay.resolve()) if options.replay is not None else None,
        "seed": options.seed if options.replay is None else None,
    }
    stored = _read_settings(options.home)
    if stored is not None and {name: stored.get(name) for name in wanted} != wanted:
        raise ValueError(
            f"{options.home} holds a paper exchange with other prices ({stored}); "
            "start with the same seed or replay, or use another home"
        )
    start_ms = int(stored["start_ms"]) if stored is not None else None
    if options.replay is not None:
        replay = read_timed(options.replay) or ReplaySource(options.replay)
        if start_ms is None:
            start_ms = _replay_start(options, replay)
        source: PriceSource = replay
    else:
        if start_ms is None:
            start_ms = _milliseconds(options.start or DEFAULT_START)
        symbols = sorted(set.intersection(*(set(specs) for specs in INSTRUMENTS.values())))
        first_ms = start_ms - start_ms % MINUTE_MS - WARM_UP_MS
        source = SeededModel(seed=options.seed, symbols=symbols, start_ms=first_ms)
    if stored is None:
        _write_settings(options.home, {**wanted, "start_ms": start_ms})
    return start_ms, source


def read_recovery_ms(options: PaperOptions) -> int:
    """Return how long the book takes to recover; a home remembers it, as its inputs depend on it.

    Raises:
        ValueError: the home was made with another time.
    """
    settings = _read_settings(options.home) or {}
    stored, wanted = settings.get("recovery_s"), options.recovery_s
    if stored is not None and wanted not in {None, stored}:
        raise ValueError(f"{options.home} holds a book that recovers in {stored} s, not {wanted} s")
    if stored is None:
        stored = RECOVERY_MS // 1000 if wanted is None else wanted
        _write_settings(options.home, {**settings, "recovery_s": stored})
    return stored * 1000


def _replay_start(options: PaperOptions, replay: ReplaySource | TimedSource) -> int:
    """Begin a day after the first candle, so that strategies have a past to look at.

    A script or recorded frames begin with their first whole minute.
    """
    assert replay.end_ms is not None
    if options.start is not None:
        start_ms = _milliseconds(options.start)
        if not replay.start_ms <= start_ms < replay.end_ms:
            raise ValueError("the start lies outside of the recorded candles")
        return start_ms
    if isinstance(replay, TimedSource):
        return replay.start_ms
    warm_up_ms = min(REPLAY_WARM_UP_MS, (replay.end_ms - replay.start_ms) // 2)
    return replay.start_ms + warm_up_ms


def _milliseconds(moment: datetime) -> int:
    if moment.tzinfo is None:
        raise ValueError("the start needs a time zone, for example 2025-06-02T00:00:00Z")
    return int(moment.timestamp()) * 1000


def _read_settings(home: Path | None) -> dict[str, int] | None:
    if home is None or not (home / "prices.json").exists():
        return None
    settings: dict[str, int] = orjson.loads((home / "prices.json").read_bytes())
    return settings


def _write_settings(home: Path | None, settings: dict[str, object]) -> None:
    if home is not None:
        (home / "prices.json").write_bytes(orjson.dumps(settings))
