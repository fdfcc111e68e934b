"""Note what the desk knows.

Why: what was agreed with a client by phone must be found again, with who wrote it and when.
Forward: client_notes, which only grow, for the desk alone.
Back: drops them.

Revision: 0037
Follows: 0036
"""

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "client_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid()),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column(
            "created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.ForeignKeyConstraint(
            ["client_id"], ["users.id"], name=op.f("fk_client_notes_client_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_client_notes_author_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_client_notes")),
    )
    op.create_index("ix_client_notes_client", "client_notes", ["client_id", "created_at"])
    op.execute("GRANT SELECT, INSERT ON client_notes TO patriot_web")
    op.execute("GRANT SELECT ON client_notes TO patriot_auditor")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON client_notes"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    staff = "(SELECT app_fence()) <> 'closed'"
    op.execute("ALTER TABLE client_notes ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON client_notes FOR ALL TO patriot_web"
        f" USING ({staff}) WITH CHECK ({staff})"
    )
    op.execute("CREATE POLICY others ON client_notes FOR SELECT TO patriot_auditor USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("client_notes")
