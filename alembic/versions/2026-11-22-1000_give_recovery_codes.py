"""Give recovery codes.

Why: whoever loses his phone must still get in, once a code, without anybody's help.
Forward: recovery_codes; only hashes are kept, and only the web process sees them, under the
person's own row-level security.
Back: drops them.

Revision: 0012
Follows: 0011
"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

WHO = "(SELECT app_scope()) = 'sign_in' OR user_id = (SELECT app_user_id())"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "recovery_codes",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column(
            "created_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("used_at", sa.TIMESTAMP(timezone=True)),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_recovery_codes_user_id")),
        sa.PrimaryKeyConstraint("user_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.execute("GRANT SELECT, INSERT, DELETE ON recovery_codes TO patriot_web")
    op.execute("GRANT UPDATE (used_at) ON recovery_codes TO patriot_web")
    op.execute("ALTER TABLE recovery_codes ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON recovery_codes FOR ALL TO patriot_web"
        f" USING ({WHO}) WITH CHECK ({WHO})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("recovery_codes")
