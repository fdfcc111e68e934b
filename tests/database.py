"""A real PostgreSQL for tests: one server a run, one migrated template, one database a module.

Tests run as the real roles: the superuser only creates databases and role logins.
"""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import psycopg
from alembic import command
from alembic.config import Config

from ops.embedded import EmbeddedPostgres, start_embedded
from ops.roles import SUPERUSER

ROOT = Path(__file__).parent.parent
ROLES = ("patriot_migrator", "patriot_web", "patriot_daemon", "patriot_bot", "patriot_auditor")
TEMPLATE = "patriot_template"
MEMORY = Path("/dev/shm")  # noqa: S108
MEMORY_BYTES_MIN = 1 << 30
_SMALL = {
    "shared_buffers": "32MB",
    "max_wal_size": "96MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "wal_compression": "off",
    "track_activities": "off",
    "track_counts": "off",
    "update_process_title": "off",
}
"""Little to search through when tables are emptied, no log that fills the memory, nothing counted
that nobody asks for."""


@dataclass(frozen=True)
class Server:
    """A running server; `uri` is the superuser's."""

    uri: str

    def url(self, role: str, database: str) -> str:
        """Return a SQLAlchemy URL of a role on a database."""
        info = psycopg.conninfo.conninfo_to_dict(self.uri)
        return f"postgresql+psycopg://{role}@/{database}?host={info['host']}"

    def execute(self, statement: str, *, database: str = "postgres") -> None:
        """Run a statement as the superuser."""
        with psycopg.connect(self.uri, dbname=database, autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def running_server(*, is_durable: bool = False, in_memory: bool = False) -> Iterator[Server]:
    """Start a server with the template database migrated as the migrator role.

    It ends with this process even when that is killed.

    Args:
        is_durable: commits wait for the disk, as in production; for benchmarks.
        in_memory: keep the files in memory if the machine can, for what empties tables all the time.
    """
    with tempfile.TemporaryDirectory(
        prefix="patriot-pg-", dir=_memory() if in_memory else None
    ) as folder:
        started = start_embedded(
            Path(folder) / "data",
            log=Path(folder) / "log",
            throwaway=not is_durable,
            settings=_SMALL if in_memory else None,
        )
        try:
            yield _prepared(
                Server(f"postgresql://{SUPERUSER}@/postgres?host={started.socket_folder}")
            )
        finally:
            started.stop()


class Outage:
    """A server of one test's own, to be stopped and started again.

    Args:
        is_durable: what was committed survives a crash, as in production.
    """

    def __init__(self, folder: Path, *, is_durable: bool = False) -> None:
        self._folder = folder
        self._is_durable = is_durable
        self._started = self._start()
        self.server = _prepared(
            Server(f"postgresql://{SUPERUSER}@/postgres?host={self._started.socket_folder}")
        )

    def begin(self) -> None:
        """Stop the server as an operator would in a hurry."""
        self._started.stop()

    def crash(self) -> None:
        """Let every process of the server drop what it is doing; it replays its log later."""
        os.kill(self._started.identity.pid, signal.SIGQUIT)
        self._started.process.wait()

    def end(self) -> None:
        """Start it again with what it had."""
        self._started = self._start()

    def close(self) -> None:
        """Stop it for good."""
        if self._started.is_running:
            self._started.stop()

    def _start(self) -> EmbeddedPostgres:
        return start_embedded(
            self._folder / "data", log=self._folder / "log", throwaway=not self._is_durable
        )


@contextmanager
def outage(*, is_durable: bool = False) -> Iterator[Outage]:
    """Run a server that the test may stop."""
    with tempfile.TemporaryDirectory(prefix="patriot-pg-") as folder:
        made = Outage(Path(folder), is_durable=is_durable)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def database(server: Server) -> Iterator[str]:
    """Copy the template; yield the new database's name."""
    name = f"t_{uuid4().hex[:12]}"
    server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE} OWNER patriot_migrator")
    try:
        yield name
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _memory() -> Path | None:
    """Return a folder in memory; None where there is none, or little of it."""
    if not MEMORY.is_dir() or shutil.disk_usage(MEMORY).free < MEMORY_BYTES_MIN:
        return None
    return MEMORY


def _prepared(server: Server) -> Server:
    for role in ROLES:
        server.execute(f"CREATE ROLE {role} LOGIN")
    server.execute(f"CREATE DATABASE {TEMPLATE} OWNER patriot_migrator")
    server.execute("GRANT ALL ON SCHEMA public TO patriot_migrator", database=TEMPLATE)
    config = Config(toml_file=str(ROOT / "pyproject.toml"))
    config.set_main_option("sqlalchemy.url", server.url("patriot_migrator", TEMPLATE))
    command.upgrade(config, "head")
    return server
