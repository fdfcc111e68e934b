"""Keep incidents.

Why: what goes badly wrong wakes people level by level until one says that he sees to it, and is
written down afterwards.
Forward: contacts, incidents, whom they woke; a message may go to a contact instead of a user.
Back: drops them with the messages that went to contacts.

Revision: 0020
Follows: 0019
"""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
KINDS = "'halt', 'cold_mode', 'unprotected', 'parked', 'not_trading'"
TABLES = ("emergency_contacts", "incidents", "incident_pages")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "emergency_contacts",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("level", sa.SmallInteger(), nullable=False),
        sa.Column("hours_from", sa.Time(), nullable=False),
        sa.Column("hours_to", sa.Time(), nullable=False),
        sa.Column("removed_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_contacts")),
    )
    op.create_table(
        "incidents",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_key", sa.String(80), nullable=False, server_default=""),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("title", sa.String(200), nullable=False),
        sa.Column("detail", sa.String(), nullable=False, server_default=""),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("seen_until", AT, nullable=False),
        sa.Column("mitigated_at", AT),
        sa.Column("closed_at", AT),
        sa.Column("closed_by", sa.Uuid()),
        sa.Column("acknowledged_at", AT),
        sa.Column("acknowledged_by", sa.Uuid()),
        sa.Column("round", sa.Integer(), nullable=False, server_default="1"),
        sa.Column("level_paged", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("paged_at", AT),
        sa.Column("root_cause", sa.String(), nullable=False, server_default=""),
        sa.Column("follow_ups", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_incidents_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'mitigated', 'closed')", name=op.f("ck_incidents_state")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_incidents_closed_by")),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["users.id"], name=op.f("fk_incidents_acknowledged_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_incidents")),
    )
    op.create_index(
        "uq_incidents_live",
        "incidents",
        ["kind", "subject_key"],
        unique=True,
        postgresql_where=sa.text("state <> 'closed'"),
    )
    op.create_index("ix_incidents_opened_at", "incidents", ["opened_at"])
    op.add_column("notifications", sa.Column("contact_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_notifications_contact_id"),
        "notifications",
        "emergency_contacts",
        ["contact_id"],
        ["id"],
    )
    op.alter_column("notifications", "user_id", nullable=True)
    op.create_check_constraint(
        op.f("ck_notifications_recipient"),
        "notifications",
        "num_nonnulls(user_id, contact_id) = 1",
    )
    op.create_table(
        "incident_pages",
        sa.Column("incident_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("level", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.Column("notification_id", sa.Uuid(), nullable=False),
        sa.Column("paged_at", AT, nullable=False),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["incidents.id"], name=op.f("fk_incident_pages_incident_id")
        ),
        sa.ForeignKeyConstraint(
            ["contact_id"], ["emergency_contacts.id"], name=op.f("fk_incident_pages_contact_id")
        ),
        sa.ForeignKeyConstraint(
            ["notification_id"],
            ["notifications.id"],
            name=op.f("fk_incident_pages_notification_id"),
        ),
        sa.PrimaryKeyConstraint(
            "incident_id", "round", "level", "contact_id", name=op.f("pk_incident_pages")
        ),
    )
    _guard()


def _guard() -> None:
    everyone = "patriot_web, patriot_daemon, patriot_auditor"
    op.execute(f"GRANT SELECT ON {', '.join(TABLES)} TO {everyone}")
    op.execute("GRANT INSERT, UPDATE ON emergency_contacts TO patriot_web")
    op.execute(
        "GRANT UPDATE (state, acknowledged_at, acknowledged_by, closed_at, closed_by, root_cause,"
        " follow_ups) ON incidents TO patriot_web"
    )
    op.execute("GRANT INSERT, UPDATE ON incidents TO patriot_daemon")
    op.execute("GRANT INSERT ON incident_pages TO patriot_daemon")
    staff = "(SELECT app_fence()) <> 'closed'"
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web"
            f" USING ({staff}) WITH CHECK ({staff})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("incident_pages")
    op.execute("DELETE FROM notifications WHERE contact_id IS NOT NULL")
    op.drop_constraint(op.f("ck_notifications_recipient"), "notifications", type_="check")
    op.alter_column("notifications", "user_id", nullable=False)
    op.drop_constraint(op.f("fk_notifications_contact_id"), "notifications", type_="foreignkey")
    op.drop_column("notifications", "contact_id")
    op.drop_table("incidents")
    op.drop_table("emergency_contacts")
