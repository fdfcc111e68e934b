"""Who is announced to row-level security, and who need not be."""

import psycopg

from patriot_app.core.db.row_security import UNFENCED_ROLES
from tests.database import Server


def test_no_policy_asks_who_acts_for_a_role_that_is_not_announced(
    server: Server, database_name: str
) -> None:
    with psycopg.connect(server.uri, dbname=database_name) as connection:
        asking = connection.execute(
            "SELECT tablename, policyname FROM pg_policies WHERE roles && %s::name[]"
            " AND (coalesce(qual, 'true') <> 'true' OR coalesce(with_check, 'true') <> 'true')",
            [sorted(UNFENCED_ROLES)],
        ).fetchall()
        known = connection.execute(
            "SELECT count(*) FROM pg_policies WHERE roles && %s::name[]", [sorted(UNFENCED_ROLES)]
        ).fetchone()
    assert asking == []
    assert known is not None
    assert known[0] > 10
