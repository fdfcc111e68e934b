"""Tie each day, classify by a person, know of a gap.

Why: a month can be trusted where each of its days ties; what no table knows a person classifies;
rows that an exchange no longer serves are a gap.
Forward: a row for each account and day; types that a person classified; ledger cursors keep from
when rows may be missing and since when nothing was read.
Back: drops them; rows keep the class they were given.

Revision: 0051
Follows: 0050
"""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

AMOUNT = sa.Numeric(38, 18)
AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
POLICIES = {"ledger_days": f"{STAFF} OR {OWN}", "ledger_types": STAFF}


def upgrade() -> None:
    """Create both tables and widen the cursors."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("ledger_cursors", sa.Column("gap_from", AT))
    op.add_column("ledger_cursors", sa.Column("stale_since", AT))
    op.create_table(
        "ledger_types",
        sa.Column("exchange", sa.String(32), nullable=False),
        sa.Column("row_type", sa.String(60), nullable=False),
        sa.Column("classification", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("decided_by", sa.String(120), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "exchange IN ('binance', 'bybit')", name=op.f("ck_ledger_types_exchange")
        ),
        sa.CheckConstraint(
            "classification IN ('performance', 'external_flow', 'neutral', 'unknown')",
            name=op.f("ck_ledger_types_classification"),
        ),
        sa.PrimaryKeyConstraint("exchange", "row_type", name=op.f("pk_ledger_types")),
    )
    op.create_table(
        "ledger_days",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", AT, nullable=False),
        sa.Column("wallet", AMOUNT),
        sa.Column("difference_total", AMOUNT),
        sa.Column("compared_at", AT),
        sa.Column("rows", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("rows_total", AMOUNT, nullable=False, server_default="0"),
        sa.Column("turnover", AMOUNT, nullable=False, server_default="0"),
        sa.Column("difference", AMOUNT),
        sa.Column("state", sa.String(32), nullable=False, server_default="waiting"),
        sa.CheckConstraint(
            "state IN ('waiting', 'tied', 'differs', 'not_compared')",
            name=op.f("ck_ledger_days_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_ledger_days_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_ledger_days")),
    )
    op.create_index(
        "ix_ledger_days_waiting",
        "ledger_days",
        ["day"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_types"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    tables = ", ".join(POLICIES)
    op.execute(f"GRANT SELECT ON {tables} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT, UPDATE ON ledger_days TO patriot_daemon")
    op.execute("GRANT INSERT ON ledger_types TO patriot_web")
    op.execute("GRANT UPDATE (classification) ON ledger_rows TO patriot_web")
    op.execute("GRANT UPDATE (gap_from) ON ledger_cursors TO patriot_web")
    for table, may in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({may}) WITH CHECK ({may})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )


def downgrade() -> None:
    """Drop what was created."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE UPDATE (gap_from) ON ledger_cursors FROM patriot_web")
    op.execute("REVOKE UPDATE (classification) ON ledger_rows FROM patriot_web")
    op.drop_table("ledger_days")
    op.drop_table("ledger_types")
    op.drop_column("ledger_cursors", "stale_since")
    op.drop_column("ledger_cursors", "gap_from")
