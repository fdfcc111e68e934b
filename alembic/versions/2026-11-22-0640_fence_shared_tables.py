"""Fence the tables that belong to nobody in particular, and find doubled keys.

Why: a customer's unit of work must not read the desk's audit log, commands, limits or other people's
sessions even when a query of ours forgets to ask who he is; a key that another customer connected
must be recognised without showing that customer's row.
Forward: row-level security on events, commands, signals, fan_outs, risk_limits, halts, heartbeats
and sessions; is_known_key(); the web process may destroy what it has revoked.
Back: drops them.

Revision: 0003
Follows: 0002
"""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

STAFF = "(SELECT app_scope()) = 'staff'"
ME = "(SELECT app_user_id())"
WHO: dict[str, str] = {
    "events": f"{STAFF} OR actor_id = {ME}",
    "commands": f"{STAFF} OR issued_by = {ME}",
    "signals": STAFF,
    "fan_outs": STAFF,
    "risk_limits": STAFF,
    "halts": STAFF,
    "sessions": f"(SELECT app_scope()) IN ('staff', 'sign_in') OR user_id = {ME}",
    "sign_in_attempts": "(SELECT app_scope()) IN ('staff', 'sign_in')",
}

IS_KNOWN_KEY = """
CREATE FUNCTION is_known_key(given bytea) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT 1 FROM credentials
                    WHERE fingerprint = given
                      AND status IN ('submitted', 'verified', 'quarantined'))
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, who in WHO.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({who}) WITH CHECK ({who})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL "
            f"TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
        )
    op.execute(IS_KNOWN_KEY)
    op.execute("REVOKE EXECUTE ON FUNCTION is_known_key(bytea) FROM PUBLIC")
    op.execute("GRANT EXECUTE ON FUNCTION is_known_key(bytea) TO patriot_web")
    op.execute("GRANT EXECUTE ON FUNCTION destroy_credential(uuid) TO patriot_web")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE EXECUTE ON FUNCTION destroy_credential(uuid) FROM patriot_web")
    op.execute("DROP FUNCTION is_known_key(bytea)")
    for table in WHO:
        op.execute(f"DROP POLICY web ON {table}")
        op.execute(f"DROP POLICY others ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
