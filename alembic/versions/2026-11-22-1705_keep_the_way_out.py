"""Keep the way out.

Why: off-boarding takes hours and days; a reload or a crash must not lose which step comes next, and
no step may be left out.
Forward: off_boardings, for the desk alone.
Back: drops them; the events stay.

Revision: 0030
Follows: 0029
"""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STATES = "'stopped', 'flattening', 'flat', 'settled', 'revoked', 'closed', 'abandoned'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "off_boardings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("halt_id", sa.Uuid()),
        sa.Column("leaves_rest", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("changed_at", AT, nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(f"state IN ({STATES})", name=op.f("ck_off_boardings_state")),
        sa.ForeignKeyConstraint(
            ["client_id"], ["users.id"], name=op.f("fk_off_boardings_client_id")
        ),
        sa.ForeignKeyConstraint(["halt_id"], ["halts.id"], name=op.f("fk_off_boardings_halt_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_off_boardings")),
    )
    op.create_index("ix_off_boardings_client_id", "off_boardings", ["client_id"])
    op.create_index(
        "uq_off_boardings_client_open",
        "off_boardings",
        ["client_id"],
        unique=True,
        postgresql_where=sa.text("state NOT IN ('closed', 'abandoned')"),
    )
    op.execute("GRANT SELECT, INSERT, UPDATE ON off_boardings TO patriot_web")
    op.execute("GRANT SELECT ON off_boardings TO patriot_auditor")
    staff = "(SELECT app_fence()) <> 'closed'"
    op.execute("ALTER TABLE off_boardings ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON off_boardings FOR ALL TO patriot_web"
        f" USING ({staff}) WITH CHECK ({staff})"
    )
    op.execute("CREATE POLICY others ON off_boardings FOR SELECT TO patriot_auditor USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("off_boardings")
