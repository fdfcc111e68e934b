"""Start the processes of a desk, watch them, and leave none behind.

Every process has its own session and is bound to this one. A process that ends by itself is
started again a limited number of times; then the desk stops, because something is wrong that a
restart does not cure.
"""

import fcntl
import http.client
import os
import signal
import subprocess
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic
from types import FrameType
from typing import IO, Any, Self
from urllib.parse import urlsplit

from ops.home import CHECKOUT, Home, OpsError
from ops.processes import (
    Identity,
    identify,
    reap_leftovers,
    remove_pidfile,
    start_bound,
    stop_whole,
    wait_until,
    write_pidfile,
)

RESTARTS_MAX = 5
RESTART_WINDOW_S = 300.0
_RESTART_DELAY_MAX_S = 16.0
_WATCH_EVERY_S = 0.25
_PROBE_TIMEOUT_S = 2.0
_STOP_TIMEOUT_S = 20.0
_LOG_BYTES_MAX = 50_000_000
_STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal asked the desk to stop."""


@dataclass(frozen=True, slots=True)
class Program:
    """A process to run.

    Attributes:
        ready_url: answers below 400 once the process serves; None: running is enough.
    """

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str | None = None
    ready_timeout_s: float = 60.0


@dataclass
class _Running:
    program: Program
    process: subprocess.Popen[bytes]
    identity: Identity
    restarts: deque[float] = field(default_factory=deque)


class Supervisor:
    """The one owner of a desk's processes; a context that stops them all at its end.

    Raises:
        OpsError: another supervisor runs this desk.
    """

    def __init__(self, home: Home, *, say: Callable[[str], None]) -> None:
        self._home = home
        self._say = say
        self._running: dict[str, _Running] = {}
        self._lock: IO[str] | None = None
        self._stopping = False
        self._handlers: dict[signal.Signals, Any] = {}

    def __enter__(self) -> Self:
        self._lock = _lock(self._home)
        self._handlers = {sent: signal.signal(sent, self._on_signal) for sent in _STOP_SIGNALS}
        left = reap_leftovers(self._home.run, self._home.path)
        if left:
            self._say(f"  Ended what an earlier run left behind: {', '.join(left)}")
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_all()
        for sent, handler in self._handlers.items():
            signal.signal(sent, handler)
        if self._lock is not None:
            self._lock.close()

    def start(self, program: Program) -> None:
        """Start a process and wait until it serves.

        Raises:
            OpsError: it ended or did not serve in time; the end of its log is shown.
        """
        self.start_together([program])

    def start_together(self, programs: Sequence[Program]) -> None:
        """Start several processes at once and wait until all serve.

        Raises:
            OpsError: as `start`.
        """
        self.launch(programs)
        self.wait(programs)

    def launch(self, programs: Sequence[Program]) -> None:
        """Start processes without waiting for them."""
        for program in programs:
            self._launch(program)

    def wait(self, programs: Sequence[Program]) -> None:
        """Wait until launched processes serve.

        Raises:
            OpsError: as `start`.
        """
        for program in programs:
            self._wait_ready(program)

    def watch(self, *, until: Callable[[], bool] = lambda: False) -> None:
        """Watch the processes until told to stop.

        Raises:
            OpsError: a process keeps ending.
            Stopped: by a signal.
        """
        while not until():
            for running in list(self._running.values()):
                if running.process.poll() is not None:
                    self._revive(running)
            wait_until(until, timeout_s=_WATCH_EVERY_S, every_s=_WATCH_EVERY_S)

    def stop_all(self) -> None:
        """Stop every process, the last started first; further signals do not interrupt this."""
        self._stopping = True
        for name in reversed(list(self._running)):
            running = self._running.pop(name)
            stop_whole(running.identity, timeout_s=_STOP_TIMEOUT_S, first=signal.SIGTERM)
            running.process.wait()
            remove_pidfile(self._home.run, name)
        reap_leftovers(self._home.run, self._home.path)

    def identity(self, name: str) -> Identity:
        """Return which process runs under a name now."""
        return self._running[name].identity

    def log(self, name: str) -> Path:
        """Return the log file of a process."""
        return self._home.logs / f"{name}.log"

    def _launch(self, program: Program) -> None:
        _rotate(self.log(program.name))
        with self.log(program.name).open("ab") as output:
            process = start_bound(
                program.command,
                environment=program.environment,
                directory=CHECKOUT,
                output=output,
            )
        identity = identify(program.name, process.pid)
        before = self._running.get(program.name)
        restarts = before.restarts if before else deque[float]()
        self._running[program.name] = _Running(program, process, identity, restarts)
        write_pidfile(self._home.run, identity)

    def _wait_ready(self, program: Program) -> None:
        running = self._running[program.name]
        url = program.ready_url
        if url is None:
            return
        wait_until(
            lambda: answers(url) or running.process.poll() is not None,
            timeout_s=program.ready_timeout_s,
            every_s=0.1,
        )
        if running.process.poll() is not None:
            problem = f"ended with code {running.process.returncode}"
        elif not answers(url):
            problem = f"does not answer at {url} after {program.ready_timeout_s:.0f} s"
        else:
            return
        raise OpsError(f"{program.name} {problem}. The end of its log:\n{self._tail(program.name)}")

    def _revive(self, running: _Running) -> None:
        name = running.program.name
        stop_whole(running.identity, timeout_s=0, first=signal.SIGTERM)
        now = monotonic()
        while running.restarts and running.restarts[0] < now - RESTART_WINDOW_S:
            running.restarts.popleft()
        code = running.process.returncode
        if len(running.restarts) >= RESTARTS_MAX:
            raise OpsError(
                f"{name} ended {RESTARTS_MAX + 1} times within {RESTART_WINDOW_S / 60:.0f}"
                f" minutes, last with code {code}. The end of its log:\n{self._tail(name)}"
            )
        delay_s = min(2.0 ** len(running.restarts) / 2, _RESTART_DELAY_MAX_S)
        self._say(f"  {name} ended with code {code}; starting it again in {delay_s:.1f} s")
        running.restarts.append(now)
        wait_until(lambda: False, timeout_s=delay_s)
        self._launch(running.program)

    def _on_signal(self, number: int, _frame: FrameType | None) -> None:
        if not self._stopping:
            self._stopping = True
            raise Stopped(signal.Signals(number).name)

    def _tail(self, name: str, lines: int = 20) -> str:
        text = self.log(name).read_text(errors="replace")
        return "\n".join(text.splitlines()[-lines:])


def answers(url: str) -> bool:
    """Tell whether a GET is answered below 400."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(
        parts.hostname or "127.0.0.1", parts.port, timeout=_PROBE_TIMEOUT_S
    )
    try:
        connection.request("GET", parts.path or "/")
        return connection.getresponse().status < 400
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def is_supervised(home: Home) -> bool:
    """Tell whether a supervisor runs this desk now."""
    try:
        _lock(home).close()
    except OpsError:
        return True
    return False


def _lock(home: Home) -> IO[str]:
    file = (home.run / "supervisor.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        file.seek(0)
        other = file.read().strip()
        file.close()
        raise OpsError(f"{home.path} is already running (process {other}).") from error
    file.seek(0)
    file.truncate()
    file.write(str(os.getpid()))
    file.flush()
    return file


def _rotate(log: Path) -> None:
    if log.exists() and log.stat().st_size > _LOG_BYTES_MAX:
        log.replace(log.with_suffix(".log.1"))
