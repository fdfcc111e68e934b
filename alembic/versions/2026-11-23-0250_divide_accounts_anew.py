"""Divide accounts anew.

Why: clients may tune what each strategy gets of an account; it takes effect at the next rebalancing.
Forward: allocation_changes, rebalancings and rebalancing_steps; the daemon may write allocations; the
bot reads what it needs to ask for a change; limits_over() tells a client which limits are in force for
accounts of his own, though the table is the desk's.
Back: drops them.

Revision: 0055
Follows: 0054
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
ME = "(SELECT app_user_id())"
OWN = f"account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = {ME})"
TABLES = ("allocation_changes", "rebalancings", "rebalancing_steps")
READ_BY_BOT = "allocations, deployments, strategies, strategy_versions, risk_limits, instruments, market_clock"
CHANGE_STATES = "state IN ('waiting', 'applied', 'withdrawn', 'replaced', 'refused')"
STEP_STATES = "state IN ('pending', 'applied', 'refused', 'over', 'unchanged')"

# Whoever the web process announces sees accounts of his own; the other roles are not announced.
LIMITS_OVER = """
CREATE FUNCTION limits_over(given uuid[], at timestamptz)
RETURNS TABLE (scope text, scope_id text, name text, value numeric, is_override boolean, action text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH theirs AS (
        SELECT a.id, a.client_id FROM accounts AS a
         WHERE a.id = ANY(given) AND (session_user <> 'patriot_web' OR app_fence() <> 'closed'
                                      OR a.client_id = app_user_id()))
    SELECT l.scope, l.scope_id, l.name, l.value, l.is_override, l.action
      FROM risk_limits AS l
     WHERE l.ended_at IS NULL AND (l.expires_at IS NULL OR l.expires_at > at)
       AND EXISTS (SELECT 1 FROM theirs)
       AND (l.scope IN ('desk', 'strategy') OR l.scope_id IN (SELECT id::text FROM theirs)
            OR l.scope_id IN (SELECT client_id::text FROM theirs))
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create_changes()
    _create_runs()
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP FUNCTION limits_over(uuid[], timestamptz)")
    op.execute("REVOKE INSERT, UPDATE (released_at) ON allocations FROM patriot_daemon")
    op.execute(f"REVOKE SELECT ON {READ_BY_BOT} FROM patriot_bot")
    for table in reversed(TABLES):
        op.drop_table(table)


def _create_changes() -> None:
    op.create_table(
        "allocation_changes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shares", JSONB(), nullable=False),
        sa.Column("shares_before", JSONB(), nullable=False),
        sa.Column("findings", JSONB(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("effective_at", AT, nullable=False),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("surface", sa.String(16), nullable=False),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("settled_at", AT),
        sa.Column("outcome", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint(CHANGE_STATES, name=op.f("ck_allocation_changes_state")),
        sa.CheckConstraint(
            "(state = 'waiting') = (settled_at is null)",
            name=op.f("ck_allocation_changes_settled_at"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_allocation_changes_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["users.id"], name=op.f("fk_allocation_changes_asked_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_allocation_changes")),
    )
    op.create_index(
        "uq_allocation_changes_waiting",
        "allocation_changes",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_allocation_changes_account_id_asked_at",
        "allocation_changes",
        ["account_id", "asked_at"],
    )


def _create_runs() -> None:
    op.create_table(
        "rebalancings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("due_at", AT, nullable=False),
        sa.Column("trigger", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("asked_by", sa.Uuid()),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("finished_at", AT),
        sa.Column("accounts", sa.Integer()),
        sa.CheckConstraint(
            "trigger IN ('schedule', 'person')", name=op.f("ck_rebalancings_trigger")
        ),
        sa.CheckConstraint("state IN ('running', 'done')", name=op.f("ck_rebalancings_state")),
        sa.CheckConstraint(
            "(state = 'done') = (finished_at is not null)", name=op.f("ck_rebalancings_finished_at")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["users.id"], name=op.f("fk_rebalancings_asked_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rebalancings")),
    )
    for name, column, where in (
        ("uq_rebalancings_slot", "due_at", "trigger = 'schedule'"),
        ("uq_rebalancings_running", "state", "state = 'running'"),
    ):
        op.create_index(
            name, "rebalancings", [column], unique=True, postgresql_where=sa.text(where)
        )
    op.create_table(
        "rebalancing_steps",
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("change_id", sa.Uuid()),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("outcome", sa.String(), nullable=False, server_default=""),
        sa.Column("settled_at", AT),
        sa.CheckConstraint(STEP_STATES, name=op.f("ck_rebalancing_steps_state")),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_rebalancing_steps_{column}"))
            for column, target in (
                ("run_id", "rebalancings.id"),
                ("account_id", "accounts.id"),
                ("change_id", "allocation_changes.id"),
            )
        ),
        sa.PrimaryKeyConstraint("run_id", "account_id", name=op.f("pk_rebalancing_steps")),
    )


def _grant() -> None:
    settled = "state, settled_at, outcome"
    for statement in (
        f"GRANT SELECT ON {', '.join(TABLES)} TO patriot_web, patriot_daemon, patriot_auditor",
        f"GRANT SELECT ON allocation_changes, {READ_BY_BOT} TO patriot_bot",
        "GRANT INSERT ON allocation_changes TO patriot_web, patriot_bot",
        f"GRANT UPDATE ({settled}) ON allocation_changes TO patriot_web, patriot_daemon, patriot_bot",
        "GRANT INSERT ON rebalancings TO patriot_web, patriot_daemon",
        "GRANT UPDATE (state, finished_at, accounts) ON rebalancings TO patriot_daemon",
        "GRANT INSERT, UPDATE ON rebalancing_steps TO patriot_daemon",
        "GRANT INSERT, UPDATE (released_at) ON allocations TO patriot_daemon",
    ):
        op.execute(statement)
    for table in TABLES:
        may = f"{STAFF} OR {OWN}" if table == "allocation_changes" else STAFF
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({may}) WITH CHECK ({may})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_bot, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    op.execute(LIMITS_OVER)
    op.execute("REVOKE EXECUTE ON FUNCTION limits_over(uuid[], timestamptz) FROM PUBLIC")
    op.execute(
        "GRANT EXECUTE ON FUNCTION limits_over(uuid[], timestamptz)"
        " TO patriot_web, patriot_daemon, patriot_bot"
    )
