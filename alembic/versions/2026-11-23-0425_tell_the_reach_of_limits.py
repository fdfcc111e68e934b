"""Tell the reach of limits.

Why: a limit says whom its breach stops since breaches act; what a client is told of the limits over
his accounts left that out, so no division could be checked.
Forward: limits_over() returns it too.
Back: without it.

Revision: 0064
Follows: 0063
"""

from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

SIGNATURE = "limits_over(uuid[], timestamptz)"
READERS = "patriot_web, patriot_daemon, patriot_bot"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create(", reach text", ", l.reach")


def downgrade() -> None:
    _create("", "")


def _create(told: str, column: str) -> None:
    op.execute(f"DROP FUNCTION {SIGNATURE}")
    op.execute(
        f"""
CREATE FUNCTION limits_over(given uuid[], at timestamptz)
RETURNS TABLE (scope text, scope_id text, name text, value numeric, is_override boolean,
               action text{told})
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH theirs AS (
        SELECT a.id, a.client_id FROM accounts AS a
         WHERE a.id = ANY(given) AND (session_user <> 'patriot_web' OR app_fence() <> 'closed'
                                      OR a.client_id = app_user_id()))
    SELECT l.scope, l.scope_id, l.name, l.value, l.is_override, l.action{column}
      FROM risk_limits AS l
     WHERE l.ended_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > at)
       AND EXISTS (SELECT 1 FROM theirs)
       AND (l.scope IN ('desk', 'strategy') OR l.scope_id IN (SELECT id::text FROM theirs)
            OR l.scope_id IN (SELECT client_id::text FROM theirs))
$$
"""
    )
    op.execute(f"REVOKE EXECUTE ON FUNCTION {SIGNATURE} FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION {SIGNATURE} TO {READERS}")
