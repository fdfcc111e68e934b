"""What every process of ours does alike: its name, its workers, its end by a signal."""

import asyncio
import logging
import os
import signal
import socket
from collections.abc import Collection, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from patriot_app.core.clock import Clock, SystemClock
from patriot_app.core.ids import new_id

log = logging.getLogger(__name__)

CANCEL_AGAIN_S = 5.0


@dataclass(frozen=True, slots=True)
class PlainProcess:
    """What a process that never trades shows of itself."""

    process: str
    version: str
    started_at: datetime
    role: str
    clock: Clock = field(default_factory=SystemClock)

    def vital_signs(self) -> dict[str, object]:
        """Return nothing beside the name: what waits is in the database for all to see."""
        return {}

    def is_ready(self) -> bool:
        """Tell that the process runs; a server that is down is the next attempt's business."""
        return True


def plain_process(role: str, clock: Clock) -> PlainProcess:
    """Return this process as one that never trades."""
    return PlainProcess(process_name(), version_of_ours(), clock.now(), role, clock)


def stop_signal() -> asyncio.Event:
    """Return what is set when the process is asked to stop."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    return stop


def start(workers: Mapping[str, Coroutine[Any, Any, None]]) -> dict[str, asyncio.Task[None]]:
    """Run workers by name; the first that dies ends the process."""
    return {
        name: asyncio.create_task(_supervise(name, work), name=name)
        for name, work in workers.items()
    }


async def end(workers: Collection[asyncio.Task[None]]) -> None:
    """Cancel workers until each has ended.

    One that is cancelled at the very moment at which what it waits for comes may go on as if nothing
    had been said, and whoever waited for its end would wait for ever.
    """
    left = set(workers)
    while left:
        for worker in left:
            worker.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)


async def _supervise(name: str, work: Coroutine[Any, Any, None]) -> None:
    """Run a worker; one that ends by an error brings the process down, to be started anew."""
    try:
        await work
    except asyncio.CancelledError:
        raise
    except BaseException:
        log.exception("worker_died", extra={"job": name})
        os.kill(os.getpid(), signal.SIGTERM)


def process_name() -> str:
    """Return a name that no other process has or had."""
    return f"{socket.gethostname()}-{os.getpid()}-{new_id().hex[-6:]}"


def version_of_ours() -> str:
    """Return the version that is installed."""
    try:
        return version("patriot")
    except PackageNotFoundError:
        return "checkout"
