"""Derive read models from the record.

Why: what auditors count and look up (what happened on which day, who was suspended from when to
when) comes from the events alone and must be makeable anew from them.
Forward: projections (how far each read model is, and whether it is well), projection_positions (how
far in each stream), activity_days (events by day, kind and surface), status_spans (every change of a
person's, an account's or a deployment's status). The daemon alone writes them.
Back: drops them; they can be derived again.

Revision: 0027
Follows: 0026
"""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STATES = ("running", "rebuilding", "failed")
TABLES = ("projections", "projection_positions", "activity_days", "status_spans")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "projections",
        sa.Column("name", sa.String(60), nullable=False),
        sa.Column("version", sa.SmallInteger(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("error", sa.String(), nullable=False, server_default=""),
        sa.Column("advanced_at", AT),
        sa.Column("rebuilt_at", AT),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_projections")),
        sa.CheckConstraint(
            "state IN ({})".format(", ".join(f"'{state}'" for state in STATES)),
            name=op.f("ck_projections_state"),
        ),
    )
    op.create_table(
        "projection_positions",
        sa.Column("projection", sa.String(60), nullable=False),
        sa.Column("stream", sa.String(80), nullable=False),
        sa.Column("sequence", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("projection", "stream", name=op.f("pk_projection_positions")),
    )
    op.create_table(
        "activity_days",
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(60), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "kind", "surface", name=op.f("pk_activity_days")),
    )
    op.create_table(
        "status_spans",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("object_kind", sa.String(20), nullable=False),
        sa.Column("object_id", sa.Uuid(), nullable=False),
        sa.Column("previous", sa.String(40), nullable=False),
        sa.Column("status", sa.String(40), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("actor", sa.String(120), nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_status_spans")),
    )
    op.create_index("ix_status_spans_object", "status_spans", ["object_id", "since"])
    names = ", ".join(TABLES)
    op.execute(f"GRANT SELECT ON {names} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute(f"GRANT INSERT, UPDATE, DELETE ON {names} TO patriot_daemon")
    for table in TABLES:
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
    for table in reversed(TABLES):
        op.drop_table(table)
