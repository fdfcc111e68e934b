"""Let two persons decide.

Why: limits, strategies, roles and closing everything take a proposer and another who approves.
Forward: proposals; nobody approves his own unless the act is marked solo, and a decided one names
who decided.
Back: drops them.

Revision: 0038
Follows: 0037
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
KINDS = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything'"
)
STATES = "'proposed', 'approved', 'carried_out', 'failed', 'rejected', 'withdrawn', 'expired'"
COLUMNS = "state, decided_by, decided_at, decision_reason, is_solo, outcome"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "proposals",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("subject_key", sa.String(200), nullable=False),
        sa.Column("payload", JSONB(), nullable=False),
        sa.Column("changes", JSONB(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("proposed_by", sa.Uuid(), nullable=False),
        sa.Column("proposed_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", AT),
        sa.Column("decision_reason", sa.String(), nullable=False, server_default=""),
        sa.Column("is_solo", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("outcome", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_proposals_kind")),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_proposals_state")),
        sa.CheckConstraint(
            "is_solo OR decided_by IS NULL OR decided_by <> proposed_by",
            name=op.f("ck_proposals_two_persons"),
        ),
        sa.CheckConstraint(
            "(state IN ('approved', 'carried_out', 'failed', 'rejected')) ="
            " (decided_by IS NOT NULL)",
            name=op.f("ck_proposals_decided"),
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["users.id"], name=op.f("fk_proposals_proposed_by")
        ),
        sa.ForeignKeyConstraint(["decided_by"], ["users.id"], name=op.f("fk_proposals_decided_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_proposals")),
    )
    op.create_index(
        "uq_proposals_waiting",
        "proposals",
        ["kind", "subject_key"],
        unique=True,
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_index("ix_proposals_proposed_at", "proposals", ["proposed_at"])
    op.execute("GRANT SELECT ON proposals TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute(f"GRANT INSERT, UPDATE ({COLUMNS}) ON proposals TO patriot_web")
    staff = "(SELECT app_fence()) <> 'closed'"
    op.execute("ALTER TABLE proposals ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON proposals FOR ALL TO patriot_web USING ({staff}) WITH CHECK ({staff})"
    )
    op.execute(
        "CREATE POLICY others ON proposals FOR SELECT TO patriot_daemon, patriot_auditor USING (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("proposals")
