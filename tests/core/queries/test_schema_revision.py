"""Code meets only the schema that it was written for."""

import psycopg
import pytest

from ops import migrations
from patriot_app.core.errors import Refused
from patriot_app.core.queries import schema_revision
from tests.database import Server


def test_the_newest_revision_is_the_one_that_migrations_end_in() -> None:
    assert schema_revision.known_head() == migrations.head()


async def test_a_database_of_this_version_is_accepted(as_daemon: str) -> None:
    await schema_revision.check()


@pytest.mark.parametrize("other", ["0001", "9999"])
async def test_an_older_or_newer_schema_is_refused_by_name(
    server: Server, as_daemon: str, database_name: str, other: str
) -> None:
    expected = schema_revision.known_head()
    with psycopg.connect(server.uri, dbname=database_name, autocommit=True) as connection:
        connection.execute("UPDATE alembic_version SET version_num = %s", (other,))
        try:
            with pytest.raises(Refused) as caught:
                await schema_revision.check()
        finally:
            connection.execute("UPDATE alembic_version SET version_num = %s", (expected,))
    assert f"schema {other}, this code needs {expected}" in str(caught.value)
