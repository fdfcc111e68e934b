"""Report what a period held.

Why: an auditor asks for a month, not for a million events: counts by kind, and one by one the acts
that need an eye.
Forward: compliance_reports, written by the daemon alone, never changed.
Back: drops it.

Revision: 0029
Follows: 0028
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "compliance_reports",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(120), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("content", JSONB(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_compliance_reports")),
    )
    op.create_index("ix_compliance_reports_period", "compliance_reports", ["starts_on", "ends_on"])
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON compliance_reports"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("GRANT SELECT ON compliance_reports TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT ON compliance_reports TO patriot_daemon")
    op.execute("ALTER TABLE compliance_reports ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON compliance_reports FOR SELECT TO patriot_web"
        " USING ((SELECT app_fence()) <> 'closed')"
    )
    op.execute(
        "CREATE POLICY others ON compliance_reports FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.drop_table("compliance_reports")
