"""Name the symbols of own signals.

Why: signals are the desk's and closed to clients, so what was decided for a client's accounts could
not say of which symbol it was.
Forward: own_symbols() tells the symbols of signals that were decided for the caller's own accounts.
Back: drops it.

Revision: 0065
Follows: 0064
"""

from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None

SIGNATURE = "own_symbols(timestamptz, timestamptz)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        """
CREATE FUNCTION own_symbols(since timestamptz, until timestamptz)
RETURNS TABLE (signal_id uuid, symbol text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT DISTINCT s.id, s.symbol::text
      FROM accounts AS a
      JOIN fan_out_accounts AS f ON f.account_id = a.id
      JOIN signals AS s ON s.id = f.signal_id
     WHERE a.client_id = app_user_id() AND f.decided_at >= since AND f.decided_at < until
$$
"""
    )
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO patriot_web, patriot_bot")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DROP FUNCTION {SIGNATURE}")
