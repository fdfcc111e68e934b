"""Processes that this product starts: started bound to their starter, found again, stopped whole.

A process is known by its pid and its start time together, since pids are used again. Each gets
its own session, and the environment of all its descendants carries `PATRIOT_STARTED_IN`, so that
even a grandchild that changed its session is found.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from time import monotonic, sleep
from typing import IO

import psutil

MARKER = "PATRIOT_STARTED_IN"
_BOUND = Path(__file__).with_name("bound.py")
_START_TIME_TOLERANCE_S = 2.0  # the kernel's boot time, from which it is derived, is rounded
_KILL_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Identity:
    """Which process: a pid alone may mean another one later."""

    name: str
    pid: int
    started_at: float


@dataclass(frozen=True, slots=True)
class RunAs:
    """The operating-system user that a process runs as."""

    uid: int
    gid: int


def start_bound(
    command: Sequence[str],
    *,
    environment: Mapping[str, str],
    directory: Path,
    output: IO[bytes] | int,
    death_signal: signal.Signals = signal.SIGTERM,
    run_as: RunAs | None = None,
) -> subprocess.Popen[bytes]:
    """Start a command in its own session, bound to the life of the calling thread."""
    return subprocess.Popen(
        bound_command(command, death_signal=death_signal, run_as=run_as),
        env=dict(environment),
        cwd=directory,
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def bound_command(
    command: Sequence[str], *, death_signal: signal.Signals, run_as: RunAs | None = None
) -> list[str]:
    """Return the command that becomes another one and gets a signal when the calling thread ends."""
    user = run_as or RunAs(-1, -1)
    bond = [str(os.getpid()), str(int(death_signal)), str(user.uid), str(user.gid)]
    return [sys.executable, "-I", "-S", str(_BOUND), *bond, *command]


def identify(name: str, pid: int) -> Identity:
    """Return the identity of a running process."""
    return Identity(name=name, pid=pid, started_at=psutil.Process(pid).create_time())


def is_alive(identity: Identity) -> bool:
    """Tell whether this very process still runs; a zombie does not."""
    try:
        process = psutil.Process(identity.pid)
        return _same_start(process, identity) and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def stop_whole(identity: Identity, *, timeout_s: float, first: signal.Signals) -> None:
    """Stop a process and everything left in its session.

    Only the leader is asked first, since it knows how to stop its own children in order; what
    is left when it has gone, or after `timeout_s`, is terminated and then killed.
    """
    if is_alive(identity):
        _signal(psutil.Process(identity.pid), first)
        wait_until(lambda: not is_alive(identity), timeout_s=timeout_s)
    end(session_members(identity))


def end(victims: Sequence[psutil.Process]) -> None:
    """Terminate processes, then kill those that stay."""
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for victim in victims:
            _signal(victim, sent)
        # Not psutil's wait: an orphan's zombie stays where the container's first process is lazy.
        if wait_until(lambda: not any(map(_lives, victims)), timeout_s=_KILL_WAIT_S):
            return


def session_members(identity: Identity) -> list[psutil.Process]:
    """Return the living processes of the session that `identity` opened."""
    members = []
    for process in psutil.process_iter():
        try:
            in_session = os.getsid(process.pid) == identity.pid
            earliest = identity.started_at - _START_TIME_TOLERANCE_S
            if in_session and process.create_time() >= earliest and _lives(process):
                members.append(process)
        except (psutil.Error, ProcessLookupError, PermissionError):
            continue  # gone meanwhile, or not ours to see
    return members


def strays(home: Path) -> list[psutil.Process]:
    """Return every other living process that was started in `home`."""
    return [
        process
        for process in psutil.process_iter()
        if process.pid != os.getpid() and _marked(process, str(home)) and _lives(process)
    ]


def write_pidfile(folder: Path, identity: Identity) -> None:
    """Remember a process for a later supervisor."""
    (folder / f"{identity.name}.json").write_text(json.dumps(asdict(identity)))


def remove_pidfile(folder: Path, name: str) -> None:
    """Forget a process that has ended."""
    (folder / f"{name}.json").unlink(missing_ok=True)


def reap_leftovers(folder: Path, home: Path) -> list[str]:
    """End what a killed supervisor left running in `home`; return the names."""
    names = []
    for pidfile in sorted(folder.glob("*.json")):
        identity = Identity(**json.loads(pidfile.read_text()))
        members = session_members(identity)
        if members:
            names.append(identity.name)
            end(members)
        pidfile.unlink(missing_ok=True)
    lost = strays(home)
    if lost:
        names.extend(process.name() for process in lost)
        end(lost)
    return names


def wait_until(condition: Callable[[], bool], *, timeout_s: float, every_s: float = 0.05) -> bool:
    """Wait for a condition; return whether it came true in time."""
    deadline = monotonic() + timeout_s
    while not condition():
        if monotonic() >= deadline:
            return False
        sleep(every_s)
    return True


def _same_start(process: psutil.Process, identity: Identity) -> bool:
    return bool(abs(process.create_time() - identity.started_at) < _START_TIME_TOLERANCE_S)


def _lives(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _marked(process: psutil.Process, home: str) -> bool:
    try:
        return bool(process.environ().get(MARKER) == home)
    except (psutil.Error, OSError):
        return False  # gone meanwhile, or another user's


def _signal(process: psutil.Process, sent: signal.Signals) -> None:
    try:
        process.send_signal(sent)
    except psutil.NoSuchProcess:
        return
