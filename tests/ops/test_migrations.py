"""`patriot migrate`: roles, database and schema, as often as one likes."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError, ProgrammingError

from ops import migrations, roles
from ops.embedded import start_embedded
from ops.home import Home, OpsError
from ops.keys import DATABASE_ROLES, ensure_keys, read_password
from ops.roles import Server


@pytest.fixture(scope="module")
def migrated(shared_server_folder: Path) -> Iterator[Server]:
    folder = shared_server_folder
    started = start_embedded(folder / "pg", log=folder / "log", throwaway=True)
    try:
        server = roles.embedded_in(started.socket_folder)
        assert migrations.migrate(server).startswith("created patriot_migrator")
        yield server
    finally:
        started.stop()


def run(server: Server, role: str, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(server.url(role))
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def test_migrating_again_changes_nothing(migrated: Server) -> None:
    assert migrations.migrate(migrated) == f"schema {migrations.head()}"
    assert migrations.revision(migrated) == migrations.head()


def test_a_schema_of_a_newer_checkout_is_left_alone(migrated: Server) -> None:
    known = migrations.head()
    run(migrated, roles.MIGRATOR, "UPDATE alembic_version SET version_num = 'later'")
    try:
        with pytest.raises(OpsError, match=r"The schema \(later\) cannot be migrated"):
            migrations.migrate(migrated)
    finally:
        run(migrated, roles.MIGRATOR, f"UPDATE alembic_version SET version_num = '{known}'")


def test_no_role_of_ours_can_pass_row_security(migrated: Server) -> None:
    found = run(
        migrated,
        "patriot_migrator",
        "SELECT rolname FROM pg_roles WHERE rolname LIKE 'patriot%'"
        " AND rolcanlogin AND NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole",
    )
    assert {row[0] for row in found} == set(DATABASE_ROLES)


def test_the_web_process_cannot_write_what_the_daemon_owns(migrated: Server) -> None:
    for statement in ("DELETE FROM fills", "INSERT INTO ledger_rows DEFAULT VALUES"):
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(migrated, "patriot_web", statement)


def test_nobody_but_the_migrator_changes_the_schema(migrated: Server) -> None:
    for role in set(DATABASE_ROLES) - {roles.MIGRATOR}:
        with pytest.raises(ProgrammingError, match="permission denied"):
            run(migrated, role, "CREATE TABLE sneaked (number int)")


def test_an_own_server_asks_every_role_for_the_password_in_its_file(server_folder: Path) -> None:
    rules = server_folder / "pg_hba.conf"
    rules.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
    started = start_embedded(
        server_folder / "pg",
        log=server_folder / "log",
        throwaway=True,
        settings={"hba_file": str(rules)},
    )
    try:
        keys = ensure_keys(Home(server_folder))
        server = roles.own_server(started.url("postgres", "other"), keys)
        assert "database other" in migrations.migrate(server)
        assert migrations.migrate(server) == f"schema {migrations.head()}"
        url = server.url("patriot_web")
        assert read_password(keys.password("patriot_web")) not in url
        assert run(server, "patriot_web", "SELECT current_user") == [("patriot_web",)]
        with pytest.raises(OperationalError, match="no password supplied"):
            run(roles.embedded_in(started.socket_folder, "other"), "patriot_web", "SELECT 1")
    finally:
        started.stop()


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("postgresql://admin@db.example/patriot", "no password"),
        ("postgresql://admin:change-me@db.example/patriot", "everybody knows"),
        ("mysql://admin:long-enough@db.example/patriot", "needs PostgreSQL"),
    ],
)
def test_a_server_with_a_known_password_is_refused(tmp_path: Path, url: str, problem: str) -> None:
    with pytest.raises(OpsError, match=problem):
        roles.own_server(url, ensure_keys(Home(tmp_path)))
