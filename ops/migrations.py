"""Bring a database to the newest schema.

`python -m ops.migrations KEYS_FOLDER` does it on the server of DATABASE_URL, for containers.
"""

import argparse
import os
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import create_engine

from ops.home import CHECKOUT, OpsError
from ops.keys import KeyFiles
from ops.roles import MIGRATOR, Server, ensure_roles, own_server


def migrate(server: Server) -> str:
    """Create roles and database where missing and run the migrations as the migrator.

    Returns:
        What was done, in a few words.

    Raises:
        OpsError: the server does not answer, or its schema is not one that this checkout knows.
    """
    created = ensure_roles(server)
    before = revision(server)
    try:
        command.upgrade(configuration(server.url(MIGRATOR)), "head")
    except CommandError as error:
        raise OpsError(f"The schema ({before or 'empty'}) cannot be migrated: {error}") from error
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


def configuration(url: str = "") -> Config:
    """Return Alembic's configuration from pyproject.toml, for a database."""
    chosen = Config(toml_file=CHECKOUT / "pyproject.toml")
    chosen.set_main_option("sqlalchemy.url", url.replace("%", "%%"))
    return chosen


def main() -> None:
    """Migrate the server that DATABASE_URL names."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("keys", type=Path, help="folder of the key and password files")
    options = parser.parse_args()
    print(migrate(own_server(os.environ["DATABASE_URL"], KeyFiles(options.keys))))


if __name__ == "__main__":
    main()
