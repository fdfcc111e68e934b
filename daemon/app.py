"""The composition root of both roles: build, start, supervise, drain.

A notifier knows no exchange, no key and no shard: it sends what is in the outbox.

Order matters: leases are taken first, a shard is recovered before it is traded, and on SIGTERM no
new work begins, what is being sent is answered, and the leases are given back.
"""

import asyncio
import gc
import logging
import resource
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

from daemon import health, schedule
from daemon.context import Context, Living, PriceBook
from daemon.email import MailServer
from daemon.exchanges.ccxt_gateway import open_gateway
from daemon.exchanges.stream_link import shared_streams
from daemon.execution import cold, entries, recovery
from daemon.execution.clearance import Clearance
from daemon.execution.dispatcher import Dispatcher
from daemon.execution.slices import Slicer
from daemon.execution.streams import Streams
from daemon.inbox import Inbox
from daemon.jobs import beat, refresh_instruments, run_strategies
from daemon.lease import LeaseKeeper
from daemon.market import paper_clock
from daemon.market.watcher import MarketWatcher
from daemon.notifier import Notifier
from daemon.process import (
    PlainProcess,
    end,
    plain_process,
    process_name,
    start,
    stop_signal,
    version_of_ours,
)
from daemon.strategies.isolation import StrategyProcesses
from daemon.vault import open_vault, require_some_key
from daemon.webhooks import Webhooks, open_webhooks
from patriot_app.core.clock import SystemClock
from patriot_app.core.db.engine import create_engine
from patriot_app.core.db.sessions import use_engine
from patriot_app.core.errors import Refused
from patriot_app.core.ids import new_id
from patriot_app.core.logs import configure
from patriot_app.core.queries import running, schema_revision, sealed_keys
from patriot_app.core.services.heartbeats import Lease
from patriot_app.core.settings import Settings, get_settings, read_key
from patriot_app.core.signatures import Signer

log = logging.getLogger(__name__)

ROLES = ("trader", "notifier", "all")
POOL_SIZE = 20
IDLE_S = 5.0
"""Shorter than a lease: what a stopped process holds is free when its successor takes over."""
TRANSACTION_S = 15.0
"""Longer than an exit's fence may take, and over before a successor may send anything."""
RESERVE_SIZE = 2
"""Connections for exits and stops alone; as many again for a burst."""
DRAIN_S = 20.0
YOUNG_OBJECTS_MAX = 20_000


@dataclass(frozen=True, slots=True)
class Senders:
    """What empties the outbox: letters, and calls to the desk's programs."""

    notifier: Notifier
    webhooks: Webhooks

    def workers(self) -> dict[str, Coroutine[Any, Any, None]]:
        """Return what is to be run, by name."""
        return {"notifier": self.notifier.run(), "webhooks": self.webhooks.run()}


async def run(role: str) -> None:
    """Run a role until SIGTERM or SIGINT.

    Raises:
        Refused: a setting or key is missing or unsafe.
    """
    settings = get_settings()
    configure(settings.log_level)
    # A core dump of this process would hold opened keys.
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if not settings.database_url:
        raise Refused("PATRIOT_DATABASE_URL is not set")
    async with AsyncExitStack() as stack:
        engine, reserved, urgent = (
            create_engine(
                settings.database_url,
                process_name=f"patriot-{name}",
                pool_size=size,
                idle_in_transaction_s=IDLE_S,
            )
            for name, size in (
                (role, POOL_SIZE),
                (f"{role}-leases", 1),
                (f"{role}-exits", RESERVE_SIZE),
            )
        )
        for each in (engine, reserved, urgent):
            stack.push_async_callback(each.dispose)
        use_engine(engine, reserved=reserved, urgent=urgent, bound_s=TRANSACTION_S)
        stack.callback(use_engine, None)
        await schema_revision.check()
        mail = None if role == "trader" else MailServer.of(settings)
        senders = Senders(
            Notifier(mail, clock=SystemClock()), open_webhooks(settings, clock=SystemClock())
        )
        living: Living
        if role == "notifier":
            living = plain_process("notifier", SystemClock())
        else:
            living = await _build(role, settings)
            stack.push_async_callback(living.gateway.close)
        runner = await health.serve(living, port=settings.health_port)
        stack.push_async_callback(runner.cleanup)
        if isinstance(living, Context):
            await _trade(living, senders if role == "all" else None)
        else:
            await _notify(living, senders)


async def _build(role: str, settings: Settings) -> Context:
    clock = SystemClock()
    process = process_name()
    context: Context

    async def recover(lease: Lease) -> None:
        await recovery.run(context, lease)

    vault = open_vault(settings)
    require_some_key(vault, await sealed_keys.by_key())
    keeper = LeaseKeeper(owner=process, settings=settings, clock=clock, recover=recover)
    context = Context(
        process=process,
        role=role,
        version=version_of_ours(),
        started_at=clock.now(),
        settings=settings,
        clock=clock,
        ids=new_id,
        gateway=open_gateway(settings, market_now=lambda: context.market_now(), clock=clock),
        streams=shared_streams(clock),
        vault=vault,
        lease=keeper,
        prices=PriceBook(clock),
        instance_key=read_key(settings.instance_key_file, name="PATRIOT_INSTANCE_KEY_FILE"),
        signer=_signer(settings),
        market_clock=await running.market_clock(clock.now()),
        instruments=await running.instruments(),
    )
    return context


def _signer(settings: Settings) -> Signer | None:
    if settings.checkpoint_key_file is None:
        log.warning("record_is_not_sealed", extra={"error": "PATRIOT_CHECKPOINT_KEY_FILE not set"})
        return None
    return Signer(read_key(settings.checkpoint_key_file, name="PATRIOT_CHECKPOINT_KEY_FILE"))


def tune_collector() -> None:
    """Keep the garbage collector out of fan-outs, once everything that stays is made.

    A full collection would walk all that the start made: 150 ms and more. And a fan-out makes its
    objects by the ten thousand, few of them in cycles: looking at the young ones after every 700,
    as Python does by itself, costs a fifteenth of its time.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS_MAX, 20, 20)


async def _trade(context: Context, senders: Senders | None) -> None:
    stop = stop_signal()
    await cold.watch(context)
    await context.lease.start()
    strategies = run_strategies.Strategies(context, StrategyProcesses())
    watcher = MarketWatcher(context, on_bar=strategies.on_bar)
    streams = Streams(context)
    dispatcher = Dispatcher(context)
    scheduler = schedule.build(context)
    tune_collector()
    log.info("daemon_started", extra={"owner": context.process})
    tasks = start(
        {
            "lease": context.lease.run(),
            "beat": beat.run(context),
            "paper_clock": paper_clock.run(context),
            "markets": watcher.run(),
            "streams": streams.run(),
            "fan_outs": dispatcher.run(),
            "inbox": Inbox(context).run(),
            "clearance": Clearance(context).run(),
            "slices": Slicer(context).run(),
            "instruments": refresh_instruments.follow(context),
        }
        | ({} if senders is None else senders.workers())
    )
    scheduler.start()
    try:
        await stop.wait()
    finally:
        log.info("daemon_draining", extra={"owner": context.process})
        scheduler.shutdown(wait=False)
        async with asyncio.timeout(DRAIN_S):
            await _drain(context, dispatcher, tasks)
            await strategies.close()
    log.info("daemon_stopped", extra={"owner": context.process})


async def _notify(living: PlainProcess, senders: Senders) -> None:
    stop = stop_signal()
    log.info("daemon_started", extra={"owner": living.process})
    tasks = start({"beat": beat.run(living)} | senders.workers())
    try:
        await stop.wait()
    finally:
        await end(tasks.values())
        await beat.leave(living)
    log.info("daemon_stopped", extra={"owner": living.process})


async def _drain(
    context: Context, dispatcher: Dispatcher, tasks: dict[str, asyncio.Task[None]]
) -> None:
    await end([task for name, task in tasks.items() if name not in {"lease", "beat"}])
    await dispatcher.settle()
    if context.settings.entries_at_shutdown == "cancel":
        await entries.withdraw_all(context)
    await end([tasks["lease"], tasks["beat"]])
    await context.lease.release()
    await beat.leave(context)
