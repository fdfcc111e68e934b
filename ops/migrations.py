"""Bring a database to the newest schema."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from alembic import command
from ops.home import CHECKOUT
from ops.roles import MIGRATOR, Server, ensure_roles

_URL_VARIABLE = "PATRIOT_DATABASE_URL"


def migrate(server: Server) -> str:
    """Create roles and database where missing and run the migrations as the migrator.

    Returns:
        What was done, in a few words.
    """
    created = ensure_roles(server)
    before = revision(server)
    with _database_url(server.url(MIGRATOR)):
        command.upgrade(configuration(), "head")
    after = revision(server)
    done = [f"created {', '.join(created)}"] if created else []
    done.append(f"schema {before or 'empty'} to {after}" if before != after else f"schema {after}")
    return "; ".join(done)


def revision(server: Server) -> str | None:
    """Return the schema revision of the database, None while it is empty."""
    engine = create_engine(server.url(MIGRATOR))
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def head() -> str | None:
    """Return the newest revision that this checkout knows."""
    return ScriptDirectory.from_config(configuration()).get_current_head()


def configuration() -> Config:
    """Return Alembic's configuration from pyproject.toml."""
    return Config(toml_file=CHECKOUT / "pyproject.toml")


@contextmanager
def _database_url(url: str) -> Iterator[None]:
    """Set the one variable through which Alembic's environment learns the URL."""
    before = os.environ.get(_URL_VARIABLE)
    os.environ[_URL_VARIABLE] = url
    try:
        yield
    finally:
        if before is None:
            del os.environ[_URL_VARIABLE]
        else:
            os.environ[_URL_VARIABLE] = before
