"""Measure the risk.

Why: limits are also about what is held, and a breach must be on record before anybody acts on it.
Forward: risk_measurements, the newest in place and one a quarter of an hour kept; risk_breaches.
Back: drops both.

Revision: 0053
Follows: 0052
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0053"
down_revision = "0052"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
AMOUNT = sa.Numeric(38, 18)
NAMES = (
    "'order_notional', 'position_notional', 'leverage', 'open_positions', 'concentration',"
    " 'order_rate', 'daily_loss_fraction', 'drawdown_fraction', 'margin_ratio', 'desk_exposure',"
    " 'margin_reduce', 'margin_exit', 'var_95_fraction', 'correlation', 'liquidity_days',"
    " 'error_rate'"
)
CHECKS = {
    "name": f"name IN ({NAMES})",
    "severity": "severity IN ('low', 'medium', 'high', 'critical')",
    "response": "response IN ('none', 'pause', 'halve', 'flatten')",
    "state": "state IN ('open', 'acknowledged', 'resolved')",
    "resolved_at": "(state = 'resolved') = (resolved_at is not null)",
}
BY_PEOPLE = "state, acknowledged_at, acknowledged_by, note, is_false_alarm"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "risk_measurements",
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("quarter", AT, nullable=False),
        sa.Column("measured_at", AT, nullable=False),
        sa.Column("score", sa.SmallInteger(), nullable=False),
        sa.Column("equity", AMOUNT),
        sa.Column("gross_notional", AMOUNT, nullable=False),
        sa.Column("figures", JSONB(), nullable=False),
        sa.Column("book", JSONB()),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_risk_measurements_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "quarter", name=op.f("pk_risk_measurements")),
    )
    op.create_index("ix_risk_measurements_quarter", "risk_measurements", ["quarter"])
    op.create_table(
        "risk_breaches",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("severity", sa.String(32), nullable=False),
        sa.Column("response", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("value", AMOUNT, nullable=False),
        sa.Column("worst", AMOUNT, nullable=False),
        sa.Column("limit_value", AMOUNT, nullable=False),
        sa.Column("origin", sa.String(32), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("seen_at", AT, nullable=False),
        sa.Column("acknowledged_at", AT),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("note", sa.String(), nullable=False, server_default=""),
        sa.Column("is_false_alarm", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("resolved_at", AT),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_risk_breaches_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_risk_breaches_{column}"))
            for column, target in (
                ("account_id", "accounts.id"),
                ("acknowledged_by", "users.id"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_risk_breaches")),
    )
    op.create_index(
        "uq_risk_breaches_standing",
        "risk_breaches",
        ["account_id", "name"],
        unique=True,
        postgresql_where=sa.text("state <> 'resolved'"),
    )
    op.create_index("ix_risk_breaches_opened_at", "risk_breaches", ["opened_at"])
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("risk_breaches")
    op.drop_table("risk_measurements")


def _grant() -> None:
    tables = "risk_measurements, risk_breaches"
    op.execute(f"GRANT SELECT ON {tables} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute(f"GRANT INSERT, UPDATE ON {tables} TO patriot_daemon")
    op.execute("GRANT DELETE ON risk_measurements TO patriot_daemon")
    op.execute(f"GRANT UPDATE ({BY_PEOPLE}) ON risk_breaches TO patriot_web")
    staff = "(SELECT app_fence()) <> 'closed'"
    for table in tables.split(", "):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web"
            f" USING ({staff}) WITH CHECK ({staff})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
