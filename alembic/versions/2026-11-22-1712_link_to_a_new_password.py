"""Link to a new password.

Why: whoever forgot his password must get in again without anybody learning a new one; the second
factor is asked for as ever.
Forward: password_links, of which only hashes are kept.
Back: drops them.

Revision: 0034
Follows: 0033
"""

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
WHO = "(SELECT app_fence()) <> 'closed' OR (SELECT app_scope()) = 'sign_in'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "password_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_password_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_password_links")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_password_links_token_hash")),
    )
    op.create_index(op.f("ix_password_links_user_id"), "password_links", ["user_id"])
    op.execute("GRANT SELECT, INSERT ON password_links TO patriot_web")
    op.execute("GRANT UPDATE (used_at) ON password_links TO patriot_web")
    op.execute("ALTER TABLE password_links ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON password_links FOR ALL TO patriot_web"
        f" USING ({WHO}) WITH CHECK ({WHO})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("password_links")
