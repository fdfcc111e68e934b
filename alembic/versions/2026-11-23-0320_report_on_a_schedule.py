"""Report on a schedule.

Why: people want their performance each month or week without asking for it.
Forward: report_subscriptions and reports, a client sees his own.
Back: drops them.

Revision: 0061
Follows: 0060
"""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
ME = "(SELECT app_user_id())"
CHECKS = {
    "subject_kind": "subject_kind IN ('client', 'account', 'strategy')",
    "cadence": "cadence IN ('weekly', 'monthly')",
    "format": "format IN ('pdf', 'csv')",
}
OWN = {
    "report_subscriptions": f"recipient_id = {ME}",
    "reports": (
        "subscription_id IN (SELECT s.id FROM report_subscriptions AS s"
        f" WHERE s.recipient_id = {ME})"
    ),
}


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "report_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("recipient_id", sa.Uuid(), nullable=False),
        sa.Column("subject_kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("cadence", sa.String(32), nullable=False),
        sa.Column("format", sa.String(32), nullable=False),
        sa.Column("created_at", AT, nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("ended_at", AT),
        *(
            sa.CheckConstraint(rule, name=op.f(f"ck_report_subscriptions_{name}"))
            for name, rule in CHECKS.items()
        ),
        *(
            sa.ForeignKeyConstraint(
                [column], ["users.id"], name=op.f(f"fk_report_subscriptions_{column}")
            )
            for column in ("recipient_id", "created_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_subscriptions")),
    )
    op.create_index(
        "uq_report_subscriptions_current",
        "report_subscriptions",
        ["recipient_id", "subject_kind", "subject_id", "cadence", "format"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_table(
        "reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("subscription_id", sa.Uuid(), nullable=False),
        sa.Column("first_day", sa.Date(), nullable=False),
        sa.Column("until_day", sa.Date(), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["subscription_id"],
            ["report_subscriptions.id"],
            name=op.f("fk_reports_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reports")),
    )
    op.create_index("uq_reports_period", "reports", ["subscription_id", "first_day"], unique=True)
    op.create_index("ix_reports_made_at", "reports", ["made_at"])
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("reports")
    op.drop_table("report_subscriptions")


def _grant() -> None:
    for statement in (
        "GRANT SELECT ON report_subscriptions, reports"
        " TO patriot_web, patriot_daemon, patriot_auditor",
        "GRANT INSERT, UPDATE (ended_at) ON report_subscriptions TO patriot_web",
        "GRANT INSERT ON reports TO patriot_daemon",
    ):
        op.execute(statement)
    for table, own in OWN.items():
        may = f"{STAFF} OR {own}"
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({may}) WITH CHECK ({may})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
