"""Let programs in.

Why: a customer's or the desk's own program must read without a browser, with rights of its own that
end, and without holding a person's password.
Forward: api_keys and refresh_tokens, of which only hashes are kept; users.token_version, which voids
every access token of a person at once.
Back: drops them.

Revision: 0033
Follows: 0032
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
WHO = (
    "(SELECT app_fence()) <> 'closed' OR (SELECT app_scope()) = 'sign_in'"
    " OR user_id = (SELECT app_user_id())"
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "users", sa.Column("token_version", sa.Integer(), nullable=False, server_default="0")
    )
    op.create_table(
        "api_keys",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("prefix", sa.String(32), nullable=False),
        sa.Column("secret_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        sa.Column("addresses", sa.String(), nullable=False, server_default=""),
        sa.Column("per_minute", sa.Integer(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("last_used_at", AT),
        sa.Column("last_used_ip", sa.String(45), nullable=False, server_default=""),
        sa.Column("revoked_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_api_keys_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_keys")),
        sa.UniqueConstraint("prefix", name=op.f("uq_api_keys_prefix")),
    )
    op.create_index(op.f("ix_api_keys_user_id"), "api_keys", ["user_id"])
    op.create_table(
        "refresh_tokens",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("scopes", ARRAY(sa.String(40)), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("ended_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_refresh_tokens_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_refresh_tokens")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_refresh_tokens_token_hash")),
    )
    for column in ("family_id", "user_id"):
        op.create_index(op.f(f"ix_refresh_tokens_{column}"), "refresh_tokens", [column])
    op.execute("GRANT SELECT, INSERT ON api_keys, refresh_tokens TO patriot_web")
    op.execute("GRANT UPDATE (last_used_at, last_used_ip, revoked_at) ON api_keys TO patriot_web")
    op.execute("GRANT UPDATE (used_at, ended_at) ON refresh_tokens TO patriot_web")
    for table in ("api_keys", "refresh_tokens"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({WHO}) WITH CHECK ({WHO})"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("refresh_tokens")
    op.drop_table("api_keys")
    op.drop_column("users", "token_version")
