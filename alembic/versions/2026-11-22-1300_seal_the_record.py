"""Seal the record.

Why: a chain shows that an event was changed, but not that a whole stream was chained anew or that
its end was cut off together with its head. Signed checkpoints, kept outside as well, show both.
Forward: checkpoints (append-only) and sealed_heads; the daemon writes them, the auditor reads.
Back: drops them.

Revision: 0016
Follows: 0015
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "checkpoints",
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sealed_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("previous", sa.LargeBinary(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(16), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("moved", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_checkpoints")),
    )
    op.create_table(
        "sealed_heads",
        sa.Column("stream", sa.String(80), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("stream", name=op.f("pk_sealed_heads")),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON checkpoints"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        "GRANT SELECT ON checkpoints, sealed_heads TO patriot_web, patriot_daemon, patriot_auditor"
    )
    op.execute("GRANT INSERT ON checkpoints, sealed_heads TO patriot_daemon")
    op.execute("GRANT UPDATE ON sealed_heads TO patriot_daemon")
    for table in ("checkpoints", "sealed_heads"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR SELECT TO patriot_web"
            " USING ((SELECT app_fence()) <> 'closed')"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("sealed_heads")
    op.drop_table("checkpoints")
