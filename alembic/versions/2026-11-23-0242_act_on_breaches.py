"""Act on breaches.

Why: a breach pauses, halves or closes by a halt, once; what it did, and whom it reaches, is on record.
Forward: limits say what their breaches do and to whom; breaches hold what was done and when they were
told; risk_breach_halts; halt_reductions, what a halt leaves of positions. Breaches that stand already
count as acted on: the desk that upgrades is not halted by them.
Back: drops them.

Revision: 0056
Follows: 0055
"""

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
RESPONSES = "'none', 'notify', 'pause', 'halt', 'halve', 'flatten'"
REACHES = "'account', 'strategy', 'client', 'desk'"
STAFF = "(SELECT app_fence()) <> 'closed'"
TABLES = ("risk_breach_halts", "halt_reductions")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("risk_limits", "action", nullable=True, server_default=None)
    op.execute("UPDATE risk_limits SET action = NULL")
    _check("risk_limits", "action", RESPONSES)
    _check("risk_breaches", "response", RESPONSES)
    for table in ("risk_limits", "risk_breaches"):
        op.add_column(
            table, sa.Column("reach", sa.String(32), nullable=False, server_default="account")
        )
        op.create_check_constraint(op.f(f"ck_{table}_reach"), table, f"reach IN ({REACHES})")
    op.add_column("risk_breaches", sa.Column("acted_at", AT))
    op.add_column("risk_breaches", sa.Column("did", sa.String(), nullable=False, server_default=""))
    op.add_column("risk_breaches", sa.Column("told_at", AT))
    op.execute("UPDATE risk_breaches SET acted_at = now(), told_at = now()")
    op.create_table(
        "risk_breach_halts",
        sa.Column("breach_id", sa.Uuid(), nullable=False),
        sa.Column("halt_id", sa.Uuid(), nullable=False),
        _key("risk_breach_halts", "breach_id", "risk_breaches.id"),
        _key("risk_breach_halts", "halt_id", "halts.id"),
        sa.PrimaryKeyConstraint("breach_id", "halt_id", name=op.f("pk_risk_breach_halts")),
    )
    op.create_index("ix_risk_breach_halts_halt_id", "risk_breach_halts", ["halt_id"])
    op.create_table(
        "halt_reductions",
        sa.Column("halt_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("quantity_kept", sa.Numeric(38, 18), nullable=False),
        sa.CheckConstraint("quantity_kept > 0", name=op.f("ck_halt_reductions_quantity_kept")),
        _key("halt_reductions", "halt_id", "halts.id"),
        _key("halt_reductions", "account_id", "accounts.id"),
        sa.PrimaryKeyConstraint("halt_id", "account_id", "symbol", name=op.f("pk_halt_reductions")),
    )
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in TABLES:
        op.drop_table(table)
    for column in ("told_at", "did", "acted_at"):
        op.drop_column("risk_breaches", column)
    for table in ("risk_breaches", "risk_limits"):
        op.drop_constraint(op.f(f"ck_{table}_reach"), table)
        op.drop_column(table, "reach")
    op.execute("UPDATE risk_breaches SET response = 'none' WHERE response IN ('notify', 'halt')")
    _check("risk_breaches", "response", "'none', 'pause', 'halve', 'flatten'")
    op.execute(
        "UPDATE risk_limits SET action = 'flatten' WHERE action IS NULL OR action <> 'halve'"
    )
    _check("risk_limits", "action", "'flatten', 'halve'")
    op.alter_column("risk_limits", "action", nullable=False, server_default="flatten")


def _check(table: str, column: str, values: str) -> None:
    name = op.f(f"ck_{table}_{column}")
    op.drop_constraint(name, table)
    op.create_check_constraint(name, table, f"{column} IN ({values})")


def _key(table: str, column: str, target: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{column}"))


def _grant() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {table} TO patriot_web, patriot_daemon, patriot_auditor")
        op.execute(f"GRANT INSERT ON {table} TO patriot_daemon")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY web ON {table} FOR SELECT TO patriot_web USING ({STAFF})")
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
