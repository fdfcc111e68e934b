"""The embedded PostgreSQL: starts, keeps what was written, and leaves no process."""

import os
import subprocess
import sys
from pathlib import Path

import psutil
import psycopg
import pytest

from ops.embedded import EmbeddedPostgres, end_leftover_server, socket_of, start_embedded
from ops.home import CHECKOUT, OpsError
from ops.processes import is_alive, session_members, wait_until


def start(folder: Path, **options: object) -> EmbeddedPostgres:
    return start_embedded(folder / "pg", log=folder / "log", throwaway=True, **options)  # type: ignore[arg-type]


def ask(server: EmbeddedPostgres, statement: str) -> str:
    with psycopg.connect(
        host=str(server.socket_folder), user="postgres", dbname="postgres"
    ) as connection:
        row = connection.execute(statement).fetchone()  # type: ignore[call-overload]
        return str(row[0]) if row else ""


def test_it_keeps_what_was_written_and_leaves_no_process(server_folder: Path) -> None:
    first = start(server_folder)
    with psycopg.connect(
        host=str(first.socket_folder), user="postgres", dbname="postgres"
    ) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS number")
    first.stop()
    assert not session_members(first.identity)
    second = start(server_folder)
    try:
        assert ask(second, "SELECT number FROM kept") == "7"
    finally:
        second.stop()
    assert not session_members(second.identity)


def test_it_is_reached_through_its_owners_folder_only(server_folder: Path) -> None:
    server = start(server_folder)
    try:
        assert ask(server, "SHOW listen_addresses") == ""
        assert server.socket_folder.stat().st_mode & 0o077 == 0
        assert ask(server, "SHOW server_version").startswith("18")
    finally:
        server.stop()


def test_it_ends_when_its_starter_is_killed(server_folder: Path) -> None:
    script = (
        "import sys; from pathlib import Path; from ops.embedded import start_embedded\n"
        f"server = start_embedded(Path({str(server_folder / 'pg')!r}), log=Path({str(server_folder / 'log')!r}),"
        " throwaway=True)\n"
        "print(server.identity.pid, flush=True); sys.stdin.read()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=CHECKOUT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as starter:
        assert starter.stdout is not None
        pid = int(starter.stdout.readline())
        starter.kill()
    assert wait_until(lambda: _is_gone(pid), timeout_s=15)


def test_a_leftover_server_is_ended_before_the_next_one_starts(server_folder: Path) -> None:
    left = start(server_folder)
    next_one = start(server_folder)
    try:
        assert not is_alive(left.identity)
        assert ask(next_one, "SELECT 1") == "1"
    finally:
        next_one.stop()
        left.process.wait()


def test_a_pidfile_that_names_another_program_is_left_alone(server_folder: Path) -> None:
    (server_folder / "postmaster.pid").write_text(f"{os.getpid()}\n")
    assert not end_leftover_server(server_folder)


def test_a_server_that_cannot_start_shows_the_end_of_its_log(server_folder: Path) -> None:
    with pytest.raises(OpsError, match="no_such_setting"):
        start(server_folder, settings={"no_such_setting": "1"})


def test_a_deep_checkout_gets_a_short_socket_path(server_folder: Path) -> None:
    deep = server_folder / ("d" * 60) / ("e" * 60) / "pg"
    assert len(str(socket_of(deep))) < 100
    assert socket_of(deep) != socket_of(deep.with_name("other"))


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True
