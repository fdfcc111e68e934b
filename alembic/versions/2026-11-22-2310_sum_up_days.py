"""Sum up days for returns and comparisons.

Why: a page about a year of a thousand accounts must not read a year of money rows.
Forward: profit_days (by account and strategy), segment_days (of the desk by kind of account) and
benchmark_days; an index for the money rows that came last.
Back: drops them; the days are summed anew from ledger and snapshots, imported benchmarks are lost.

Revision: 0046
Follows: 0045
"""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

NUMERIC = sa.Numeric(38, 18)
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
TABLES = ("profit_days", "segment_days", "benchmark_days")
AMOUNTS = ("realised", "funding", "commission")
KEPT_BY_US = "benchmark ~* '^(BTC|ETH)( |$)'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "profit_days",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, NUMERIC, nullable=False) for name in AMOUNTS),
        sa.Column(
            "summed_at",
            sa.TIMESTAMP(timezone=True),
            nullable=False,
            server_default=sa.text("now()"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_profit_days_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "day", "strategy_id", name=op.f("pk_profit_days")),
    )
    op.create_index("ix_profit_days_day", "profit_days", ["day"])
    op.create_index("ix_profit_days_summed_at", "profit_days", ["summed_at"])
    _create_segment_days()
    op.create_table(
        "benchmark_days",
        sa.Column("benchmark", sa.String(24), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("close", NUMERIC, nullable=False),
        sa.PrimaryKeyConstraint("benchmark", "day", name=op.f("pk_benchmark_days")),
    )
    op.create_index(
        "ix_ledger_rows_ingested", "ledger_rows", ["ingested_at"], postgresql_using="brin"
    )
    _let_in()


def _create_segment_days() -> None:
    op.create_table(
        "segment_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("strategy_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("risk_profile", sa.String(16), nullable=False),
        sa.Column("accounts", sa.Integer(), nullable=False),
        *(
            sa.Column(name, NUMERIC, nullable=False)
            for name in ("equity", "flow", "profit", "capital", *AMOUNTS)
        ),
        sa.CheckConstraint(
            "exchange IN ('binance', 'bybit')", name=op.f("ck_segment_days_exchange")
        ),
        sa.CheckConstraint(
            "mode IN ('live', 'testnet', 'demo', 'paper')", name=op.f("ck_segment_days_mode")
        ),
        sa.PrimaryKeyConstraint(
            "day", "strategy_id", "exchange", "mode", "risk_profile", name=op.f("pk_segment_days")
        ),
    )


def _let_in() -> None:
    tables = ", ".join(TABLES)
    op.execute(f"GRANT SELECT ON {tables} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT, DELETE ON profit_days, segment_days TO patriot_daemon")
    op.execute("GRANT INSERT, UPDATE (close) ON benchmark_days TO patriot_daemon")
    op.execute("GRANT INSERT, DELETE ON benchmark_days TO patriot_web")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    op.execute(
        f"CREATE POLICY web ON profit_days FOR SELECT TO patriot_web USING ({STAFF} OR {OWN})"
    )
    op.execute(f"CREATE POLICY web ON segment_days FOR SELECT TO patriot_web USING ({STAFF})")
    # Prices are nobody's secret: a client's own course is drawn beside them, too.
    op.execute("CREATE POLICY reading ON benchmark_days FOR SELECT TO patriot_web USING (true)")
    imported = f"{STAFF} AND NOT {KEPT_BY_US}"
    op.execute(
        "CREATE POLICY web ON benchmark_days FOR ALL TO patriot_web"
        f" USING ({imported}) WITH CHECK ({imported})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_ledger_rows_ingested", "ledger_rows")
    for table in reversed(TABLES):
        op.drop_table(table)
