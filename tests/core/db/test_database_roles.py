"""The second fence: what each database role may not do, and which tables show customers only theirs."""

import psycopg
import pytest

from tests.database import Server

WEB, DAEMON, BOT, AUDITOR = "patriot_web", "patriot_daemon", "patriot_bot", "patriot_auditor"
EVERY = (WEB, DAEMON, BOT, AUDITOR)

FORBIDDEN = [
    *[
        (role, statement)
        for role in EVERY
        for statement in (
            "INSERT INTO events (stream, sequence) VALUES ('x', 1)",
            "UPDATE events SET actor = 'nobody'",
            "DELETE FROM events",
            "TRUNCATE events",
            "UPDATE stream_heads SET sequence = 0",
            "DELETE FROM fills",
            "UPDATE fills SET price = 1",
            "DELETE FROM ledger_rows",
            "UPDATE strategy_versions SET parameters = '{}'",
            "DELETE FROM users",
            "DELETE FROM halts",
            "DELETE FROM invoices",
            "DELETE FROM proposals",
            "UPDATE proposals SET proposed_by = gen_random_uuid()",
            "UPDATE proposals SET payload = '{}'",
            "DROP TABLE users",
            "CREATE TABLE public.planted (id int)",
            "ALTER TABLE users DISABLE ROW LEVEL SECURITY",
            "ALTER TABLE events DISABLE TRIGGER append_only",
            "DROP POLICY web ON accounts",
            "CREATE ROLE planted SUPERUSER",
            "SET ROLE patriot_migrator",
            "COPY users TO PROGRAM 'true'",
        )
    ],
    *[
        (role, statement)
        for role in (WEB, BOT, AUDITOR)
        for statement in (
            "SELECT api_secret_ciphertext FROM credentials",
            "SELECT api_key_data_key FROM credentials",
            "SELECT rewrap_credential(gen_random_uuid(), '', '', '')",
            "INSERT INTO fills (exchange) VALUES ('binance')",
            "INSERT INTO ledger_rows DEFAULT VALUES",
            "INSERT INTO attempts (id) VALUES (gen_random_uuid())",
            "UPDATE positions SET quantity = 0",
            "UPDATE equity_snapshots SET equity = 0",
        )
    ],
    *[
        (role, statement)
        for role in (DAEMON, BOT, AUDITOR)
        for statement in (
            "SELECT password_hash FROM users",
            "SELECT totp_box FROM users",
            "SELECT token_hash FROM sessions",
            "UPDATE users SET roles = '{admin}'",
            "UPDATE risk_limits SET value = 1",
            "INSERT INTO proposals (id) VALUES (gen_random_uuid())",
            "UPDATE proposals SET state = 'approved'",
            "INSERT INTO sessions (id) VALUES (gen_random_uuid())",
        )
    ],
    (WEB, "UPDATE credentials SET masked_key = ''"),
    (WEB, "UPDATE invoices SET amount = 0"),
    (WEB, "UPDATE fee_periods SET mandate_id = mandate_id"),
    (BOT, "SELECT destroy_credential(gen_random_uuid())"),
    (AUDITOR, "SELECT destroy_credential(gen_random_uuid())"),
    (BOT, "UPDATE attempts SET state = 'filled'"),
    (BOT, "SELECT token_hash FROM sessions"),
    (BOT, "SELECT * FROM api_keys"),
    (BOT, "SELECT * FROM recovery_codes"),
    (BOT, "SELECT * FROM proposals"),
    (BOT, "SELECT * FROM events"),
    (BOT, "SELECT browser_hash FROM telegram_sign_ins"),
    (BOT, "SELECT * FROM sign_in_attempts"),
    (BOT, "INSERT INTO telegram_links (id) VALUES (gen_random_uuid())"),
    (BOT, "INSERT INTO telegram_offers (id) VALUES (gen_random_uuid())"),
    (BOT, "UPDATE telegram_links SET user_id = gen_random_uuid()"),
    (BOT, "UPDATE telegram_sign_ins SET used_at = now()"),
    (BOT, "SELECT token_hash FROM invitations"),
    (WEB, "UPDATE telegram_sign_ins SET answer = 'yes'"),
    (WEB, "UPDATE telegram_offers SET telegram_id = 1"),
    (WEB, "SELECT * FROM telegram_questions"),
    (DAEMON, "SELECT * FROM telegram_links"),
    (DAEMON, "UPDATE telegram_bots SET owner = 'x'"),
    (BOT, "UPDATE commands SET status = 'done'"),
    (AUDITOR, "INSERT INTO notifications (id) VALUES (gen_random_uuid())"),
    (AUDITOR, "SELECT append_events('[]')"),
]

OWNED_BY = ("client_id", "account_id", "mandate_id", "user_id")
"""Columns that say whose a row is."""
WITHOUT_POLICY = {
    "fill_cursors": "the id of the trade that was read last; tells nothing of anybody"
}
"""Tables that name a customer and have no policy, with the reason."""


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_the_database_refuses_what_a_role_must_never_do(
    server: Server, database_name: str, role: str, statement: str
) -> None:
    url = server.url(role, database_name).replace("+psycopg", "")
    with (
        psycopg.connect(url) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(statement.encode())


def test_every_table_that_names_a_customer_shows_him_only_his_own(
    server: Server, database_name: str
) -> None:
    url = server.url("patriot_migrator", database_name).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT DISTINCT c.relname, c.relrowsecurity FROM pg_class AS c"
            " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attname = ANY(%s)"
            " JOIN pg_namespace AS n ON n.oid = c.relnamespace AND n.nspname = 'public'"
            " WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition",
            [list(OWNED_BY)],
        ).fetchall()
        reached = connection.execute(
            "SELECT tablename FROM pg_policies WHERE 'patriot_web' = ANY(roles)"
        ).fetchall()
    open_tables = {table for table, is_fenced in found if not is_fenced}
    assert open_tables == set(WITHOUT_POLICY)
    fenced = {table for table, is_fenced in found if is_fenced}
    assert fenced <= {table for (table,) in reached}


def test_no_role_of_a_process_passes_by_the_policies(server: Server, database_name: str) -> None:
    url = server.url("patriot_migrator", database_name).replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        found = connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s)"
            " AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)",
            [[*EVERY, "patriot_migrator"]],
        ).fetchall()
        owned = connection.execute(
            "SELECT tablename FROM pg_tables WHERE tableowner = ANY(%s)", [list(EVERY)]
        ).fetchall()
    assert found == []
    assert owned == []
