"""One signal to many accounts, end to end, against bare ccxt in the same run.

Ours: risk review, durable intents, the fence, sending, answers stored. Theirs: `gather` over
`create_order` of one ccxt instance per account, sharing markets, session and SSL context. Both talk
to bench/stub_exchange.py in a process of its own, in turns, and the flush time of the disk is
measured beside them: runs whose probes differ by more than twice are not to be compared.

    python -m bench.fan_out [--accounts 100 1000] [--rounds 9]
"""

import argparse
import asyncio
import logging
import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import psutil
import uvloop

from bench.bare_ccxt import make_ccxt
from bench.exchange_transport import running_stub
from daemon.app import tune_collector
from daemon.context import Context, PriceBook
from daemon.exchanges.stream_link import shared_streams
from daemon.execution import fan_out
from daemon.lease import LeaseKeeper
from daemon.vault import Vault
from patriot_app.core.clock import SystemClock, identity_market_clock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.domain.accounts import AccountMode, Exchange
from patriot_app.core.ids import new_id
from patriot_app.core.sealing import generate_keypair
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.settings import Settings
from tests.daemon.exchanges.builders import make_gateway, make_session
from tests.database import Server, database, running_server
from tests.factories.desk import EPOCH, INSTANCE_KEY, OWNER, Desk, make_desk
from tests.factories.market import make_instrument

SYMBOL = "BTCUSDT"
CLIENT_CPU, SERVER_CPU = 0, 1
WARM_UP_ROUNDS = 8
"""PostgreSQL settles on a plan after a statement's tenth run on a connection."""


@dataclass
class Round:
    """One fan-out.

    Attributes:
        first_s, p50_s, p95_s, last_s: from the command until orders arrived at the exchange.
    """

    wall_s: float
    cpu_s: float
    first_s: float
    p50_s: float
    p95_s: float
    last_s: float


@dataclass
class Figures:
    """All rounds of one size."""

    accounts: int
    ccxt: list[Round] = field(default_factory=list)
    ours: list[Round] = field(default_factory=list)
    probes_ms: list[float] = field(default_factory=list)


class BenchLeases(LeaseKeeper):
    """Holds the desk's shards for the length of a benchmark."""

    def __init__(self, shards: Sequence[int], settings: Settings) -> None:
        async def nothing(lease: Lease) -> None:
            return None

        super().__init__(owner=OWNER, settings=settings, clock=SystemClock(), recover=nothing)
        now = datetime.now(UTC)
        self._leases = {s: Lease(s, EPOCH, now + timedelta(hours=1), now) for s in shards}
        self._ready = set(shards)

    @property
    def is_fenced(self) -> bool:
        return False


def fdatasync_ms(folder: Path, *, count: int = 20) -> float:
    """Return the median time of flushing 8 KB, in ms."""
    times = []
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        for _ in range(count):
            file.write(b"x" * 8_192)
            file.flush()
            began = time.perf_counter()
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times)


def make_context(url: str, desk: Desk) -> Context:
    """Return the trader's context with one opened key per account."""
    # All orders in one wave: what is sent in slices later is not measured here.
    settings = Settings(balance_age_s_max=300.0, twap_impact_bps=Decimal(0))
    clock = SystemClock()
    private_key, _ = generate_keypair()
    context = Context(
        process=OWNER,
        role="trader",
        version="bench",
        started_at=clock.now(),
        settings=settings,
        clock=clock,
        ids=new_id,
        gateway=make_gateway(url, market_now=clock.now),
        streams=shared_streams(clock),
        vault=Vault([private_key]),
        lease=BenchLeases(desk.all_shards, settings),
        prices=PriceBook(clock),
        instance_key=INSTANCE_KEY,
        market_clock=identity_market_clock(clock.now()),
    )
    for account in desk.accounts:
        context.sessions[account] = make_session(
            Exchange.BINANCE, account_id=account, api_key=account.hex, api_secret="s" * 64
        )
    context.instruments[Exchange.BINANCE, SYMBOL] = make_instrument()
    desk.execute(
        "INSERT INTO positions (account_id, symbol, position_side, quantity, entry_price,"
        " realised_pnl, commission, leverage) SELECT id, %s, 'BOTH', 0, 0, 0, 0, 10"
        " FROM accounts WHERE client_id = %s",
        SYMBOL,
        desk.client_id,
    )
    return context


async def bare_round(url: str, instances: list[Any]) -> Round:
    """Send one order for each account the plain way."""
    await _arrivals(url)
    cpu, began, wall = time.process_time(), time.perf_counter(), time.time()
    answers = await asyncio.gather(
        *(
            instance.create_order(
                "BTC/USDT:USDT",
                "market",
                "buy",
                0.1,
                None,
                {"newClientOrderId": f"ccxt-{uuid4().hex[:24]}"},
            )
            for instance in instances
        )
    )
    took, used = time.perf_counter() - began, time.process_time() - cpu
    assert len(answers) == len(instances)
    assert all(answer["id"] for answer in answers)
    return _round(took, used, wall, await _arrivals(url), len(instances))


async def our_round(url: str, context: Context, desk: Desk) -> Round:
    """Send one order for each account through the product."""
    await _arrivals(url)
    context.prices.put(Exchange.BINANCE, AccountMode.PAPER, SYMBOL, mark=Decimal(50_000))
    desk.execute("UPDATE account_states SET observed_at = now()")
    signal_id = await desk.signal()
    cpu, began, wall = time.process_time(), time.perf_counter(), time.time()
    report = await fan_out.run(context, signal_id, desk.all_shards)
    took, used = time.perf_counter() - began, time.process_time() - cpu
    assert report.attempts == len(desk.accounts), report
    states = desk.execute(
        "SELECT attempts.state, count(*) FROM attempts JOIN intents ON intents.id = intent_id"
        " WHERE signal_id = %s AND acknowledged_at IS NOT NULL GROUP BY 1",
        signal_id,
    )
    assert states == [("open", len(desk.accounts))], states
    _finish(desk)
    return _round(took, used, wall, await _arrivals(url), len(desk.accounts))


async def measure(
    server: Server, folder: Path, *, accounts: int, rounds: int, delay_ms: float
) -> Figures:
    """Run both in turns; the first turns of each only warm up."""
    figures = Figures(accounts)
    with running_stub(delay_ms=delay_ms, core=SERVER_CPU) as url, database(server) as name:
        engine = create_engine(
            server.url("patriot_daemon", name), process_name="bench", pool_size=10
        )
        use_engine(engine)
        desk = make_desk(server, name, accounts=accounts, shards=64)
        context = make_context(url, desk)
        connector = aiohttp.TCPConnector(limit=1_000)
        async with aiohttp.ClientSession(connector=connector) as session:
            instances = make_ccxt(url, accounts, session)
            await context.gateway.prewarm(
                Exchange.BINANCE, AccountMode.PAPER, connections=min(accounts, 300)
            )
            tune_collector()
            for number in range(WARM_UP_ROUNDS + rounds):
                bare = await bare_round(url, instances)
                ours = await our_round(url, context, desk)
                if number >= WARM_UP_ROUNDS:
                    figures.ccxt.append(bare)
                    figures.ours.append(ours)
                    figures.probes_ms.append(fdatasync_ms(folder))
            for instance in instances:
                instance.session = None
                instance.own_session = False
            # Each waits a quarter of a second for its connections.
            await asyncio.gather(*(instance.close() for instance in instances))
        await context.gateway.close()
        use_engine(None)
        await engine.dispose()
    return figures


async def memory_per_account_kb(url: str, *, small: int, large: int) -> float:
    """Return the growth of this process for each account beyond the first ones."""
    gateway = make_gateway(url, market_now=lambda: datetime.now(UTC))
    process = psutil.Process()
    kept = []

    async def grow(count: int) -> int:
        for _ in range(count):
            session = make_session(Exchange.BINANCE, api_key=uuid4().hex, api_secret="s" * 64)
            gateway.caller.pool.of(session)
            kept.append(session)
        return int(process.memory_info().rss)

    before = await grow(small)
    after = await grow(large - small)
    await gateway.close()
    return (after - before) / (large - small) / 1_024


def describe(figures: Figures) -> str:
    """Return the figures as text."""
    bare = statistics.median(r.wall_s for r in figures.ccxt)
    ours = statistics.median(r.wall_s for r in figures.ours)
    cpu_bare = statistics.median(r.cpu_s for r in figures.ccxt) / figures.accounts * 1e6
    cpu_ours = statistics.median(r.cpu_s for r in figures.ours) / figures.accounts * 1e6
    best = min(r.wall_s for r in figures.ccxt) / min(r.wall_s for r in figures.ours)
    p95 = max(r.p95_s for r in figures.ours)
    rows = [
        f"{figures.accounts} accounts, {len(figures.ours)} rounds, fdatasync p50 "
        f"{statistics.median(figures.probes_ms):.2f} ms",
        f"  bare ccxt gather   {figures.accounts / bare:8.0f} orders/s {cpu_bare:5.0f} us CPU/order"
        f"  {_arrived(figures.ccxt)}",
        f"  PATRIOT end to end {figures.accounts / ours:8.0f} orders/s {cpu_ours:5.0f} us CPU/order"
        f"  {_arrived(figures.ours)}",
        f"  throughput {bare / ours:.0%} of bare ccxt (best rounds {best:.0%}), CPU "
        f"{cpu_ours / cpu_bare:.2f} of it; worst p95 command to exchange {p95 * 1e3:.0f} ms",
    ]
    return "\n".join(rows)


async def run(arguments: argparse.Namespace) -> None:
    """Measure and print."""
    logging.disable(logging.WARNING)
    with running_server(is_durable=True) as server, tempfile.TemporaryDirectory() as folder:
        with running_stub() as url:
            kilobytes = await memory_per_account_kb(url, small=500, large=3_000)
            print(f"Memory for each further account: {kilobytes:.0f} KB")
        for accounts in arguments.accounts:
            figures = await measure(
                server,
                Path(folder),
                accounts=accounts,
                rounds=arguments.rounds,
                delay_ms=arguments.delay_ms,
            )
            print(describe(figures), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--accounts", type=int, nargs="+", default=[100, 1_000])
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--delay-ms", type=float, default=0.0)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {CLIENT_CPU, SERVER_CPU})
    uvloop.run(run(arguments))


def _arrived(rounds: Sequence[Round]) -> str:
    """Return when orders arrived at the exchange, medians over the rounds."""
    names = ("first", "p50", "p95", "last")
    times = (statistics.median(getattr(r, f"{name}_s") for r in rounds) * 1e3 for name in names)
    shown = ", ".join(f"{name} {at:.0f}" for name, at in zip(names, times, strict=True))
    return f"arrived after ms: {shown}"


def _round(took: float, used: float, wall: float, arrivals: list[float], count: int) -> Round:
    times = sorted(at - wall for at in arrivals)
    assert len(times) == count, f"{len(times)} orders arrived, {count} were sent"
    middle, late = times[(count - 1) // 2], times[int(count * 0.95) - 1]
    return Round(took, used, times[0], middle, late, times[-1])


async def _arrivals(url: str) -> list[float]:
    async with aiohttp.ClientSession() as session, session.get(f"{url}/arrivals") as answer:
        found: list[float] = await answer.json()
        return found


def _finish(desk: Desk) -> None:
    """End the round's orders without trades, so that the next signal finds flat accounts.

    Rows of earlier rounds stay as they are, and nothing is analysed here: both would have the
    measured statements planned anew in every round, as a daemon that trades all day never does.
    """
    desk.execute("UPDATE attempts SET state = 'canceled' WHERE state = 'open'")
    desk.execute(
        "UPDATE intents SET state = 'failed', reserved_notional = 0 WHERE state = 'executing'"
    )


if __name__ == "__main__":
    main()
