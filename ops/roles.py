"""Login roles and the database itself; `patriot migrate` alone makes them.

The schema belongs to the migrator. What each other role may touch is granted by the migrations,
next to the tables; here they only get to exist and to connect.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from ops.home import OpsError
from ops.keys import DATABASE_ROLES, KeyFiles, read_password

SUPERUSER = "postgres"
DATABASE = "patriot"
MIGRATOR = "patriot_migrator"
_WEAK_PASSWORDS = {"", "patriot", "postgres", "password", "change-me", "changeme", "secret"}
_LOCAL_HOSTS = {"", "localhost", "127.0.0.1", "::1", None}


@dataclass(frozen=True, slots=True)
class Server:
    """A PostgreSQL server and how to reach it.

    Attributes:
        administrator: URL of a role that may create roles and databases.
        password_files: by role; empty on the embedded server, which has no passwords.
    """

    administrator: URL
    database: str
    password_files: Mapping[str, Path]

    def url(self, role: str) -> str:
        """Return the URL of one of our roles; it names the password's file, not the password."""
        own = self.administrator.set(username=role, password=None, database=self.database)
        if role in self.password_files:
            own = own.update_query_dict({"passfile": str(self.password_files[role])})
        return own.render_as_string()


def socket_url(folder: Path, role: str, database: str = DATABASE) -> str:
    """Return the SQLAlchemy URL of a role on the server that listens in `folder`."""
    return f"postgresql+psycopg://{role}@/{database}?host={quote(str(folder))}"


def embedded_in(socket_folder: Path, database: str = DATABASE) -> Server:
    """Describe the embedded server that listens in a folder."""
    return Server(make_url(socket_url(socket_folder, SUPERUSER, "postgres")), database, {})


def own_server(database_url: str, keys: KeyFiles) -> Server:
    """Describe the server of DATABASE_URL: an administrator's URL naming our database.

    The password may stand in the file that DATABASE_PASSWORD_FILE names instead.

    Raises:
        OpsError: another database, or a password that everybody knows.
    """
    url = make_url(database_url)
    if url.get_backend_name() != "postgresql":
        raise OpsError(f"DATABASE_URL names {url.get_backend_name()}; PATRIOT needs PostgreSQL.")
    if "DATABASE_PASSWORD_FILE" in os.environ:
        url = url.set(password=Path(os.environ["DATABASE_PASSWORD_FILE"]).read_text().strip())
    password = url.password or ""
    if url.host not in _LOCAL_HOSTS and password.lower() in _WEAK_PASSWORDS:
        raise OpsError("DATABASE_URL has no password, or one that everybody knows.")
    files = {role: keys.password(role) for role in DATABASE_ROLES}
    administrator = url.set(drivername="postgresql+psycopg", database="postgres")
    return Server(administrator, url.database or DATABASE, files)


def ensure_roles(server: Server) -> list[str]:
    """Create what is missing of the roles and the database; return what was created."""
    created = []
    with _connect(server, "postgres") as connection:
        for role in DATABASE_ROLES:
            if _ensure_role(connection, role, _password(server, role)):
                created.append(role)
        if _ensure_database(connection, server.database):
            created.append(f"database {server.database}")
    with _connect(server, server.database) as connection:
        _own_database(connection, server.database)
    return created


def _password(server: Server, role: str) -> str | None:
    file = server.password_files.get(role)
    return read_password(file) if file else None


def _ensure_role(connection: psycopg.Connection, role: str, password: str | None) -> bool:
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,)).fetchone()
    verb = sql.SQL("ALTER" if found else "CREATE")
    statement = sql.SQL(
        "{} ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS"
    ).format(verb, sql.Identifier(role))
    if password is not None:
        statement += sql.SQL(" PASSWORD {}").format(sql.Literal(password))
    connection.execute(statement)
    return found is None


def _ensure_database(connection: psycopg.Connection, database: str) -> bool:
    query = "SELECT 1 FROM pg_database WHERE datname = %s"
    if connection.execute(query, (database,)).fetchone():
        return False
    # A managed server's administrator is no superuser and may only give what he is a member of.
    connection.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(MIGRATOR)))
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} ENCODING 'UTF8' TEMPLATE template0").format(
            sql.Identifier(database), sql.Identifier(MIGRATOR)
        )
    )
    return True


def _own_database(connection: psycopg.Connection, database: str) -> None:
    name = sql.Identifier(database)
    migrator = sql.Identifier(MIGRATOR)
    connection.execute(sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(name))
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(name))
    connection.execute(sql.SQL("REVOKE ALL ON SCHEMA public FROM PUBLIC"))
    connection.execute(sql.SQL("ALTER SCHEMA public OWNER TO {}").format(migrator))
    for role in DATABASE_ROLES:
        who = sql.Identifier(role)
        connection.execute(sql.SQL("GRANT CONNECT ON DATABASE {} TO {}").format(name, who))
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA public TO {}").format(who))


def _connect(server: Server, database: str) -> psycopg.Connection:
    url = server.administrator.set(drivername="postgresql", database=database)
    try:
        return psycopg.connect(
            url.render_as_string(hide_password=False), autocommit=True, connect_timeout=10
        )
    except psycopg.OperationalError as error:
        raise OpsError(f"PostgreSQL does not answer: {error}") from error
