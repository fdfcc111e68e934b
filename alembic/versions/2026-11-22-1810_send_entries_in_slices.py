"""Send entries in slices.

Why: a market entry that would move the price is sent in parts, one after the other.
Forward: which part an intent is and when it starts; what a signal was estimated to do to the price
of each exchange.
Back: drops them; parts that were not sent yet would be sent at once, so none may wait.

Revision: 0042
Follows: 0041
"""

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
NUMERIC = sa.Numeric(38, 18)
STAFF = "(SELECT app_fence()) <> 'closed'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("slice", "slices"):
        op.add_column(
            "intents",
            sa.Column(name, sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
        )
    op.add_column("intents", sa.Column("starts_at", AT))
    op.create_check_constraint(
        op.f("ck_intents_slice"),
        "intents",
        "slice BETWEEN 0 AND slices AND (slice = 0) = (starts_at IS NULL)",
    )
    op.create_index(
        "ix_intents_slices",
        "intents",
        ["shard", "starts_at"],
        postgresql_where=sa.text("slice > 1 and state = 'planned'"),
    )
    op.create_table(
        "impact_estimates",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(32), nullable=False),
        sa.Column("quantity", NUMERIC, nullable=False),
        sa.Column("impact_bps", NUMERIC),
        sa.Column("slices", sa.SmallInteger(), nullable=False),
        sa.Column("impact_bps_max", NUMERIC, nullable=False),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("created_at", AT, nullable=False, server_default=sa.text("now()")),
        sa.CheckConstraint(
            "exchange IN ('binance', 'bybit')", name=op.f("ck_impact_estimates_exchange")
        ),
        sa.CheckConstraint(
            "mode IN ('live', 'testnet', 'demo', 'paper')", name=op.f("ck_impact_estimates_mode")
        ),
        sa.CheckConstraint("slices >= 1", name=op.f("ck_impact_estimates_slices")),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_impact_estimates_signal_id")
        ),
        sa.PrimaryKeyConstraint("signal_id", "exchange", "mode", name=op.f("pk_impact_estimates")),
    )
    op.execute("GRANT SELECT ON impact_estimates TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT ON impact_estimates TO patriot_daemon")
    op.execute("ALTER TABLE impact_estimates ENABLE ROW LEVEL SECURITY")
    op.execute(f"CREATE POLICY web ON impact_estimates FOR SELECT TO patriot_web USING ({STAFF})")
    op.execute(
        "CREATE POLICY others ON impact_estimates FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("impact_estimates")
    op.drop_index("ix_intents_slices", table_name="intents")
    op.drop_constraint(op.f("ck_intents_slice"), "intents", type_="check")
    for name in ("starts_at", "slices", "slice"):
        op.drop_column("intents", name)
