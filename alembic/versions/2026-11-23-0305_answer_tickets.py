"""Answer tickets.

Why: what the bot cannot answer goes to a person, with what was spoken of before.
Forward: tickets and their messages; a client sees and writes his own, the desk all of them.
Back: drops them.

Revision: 0059
Follows: 0058
"""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN = "client_id = (SELECT app_user_id())"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "tickets",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(120), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("context", sa.String(), nullable=False, server_default=""),
        sa.Column("assignee_id", sa.Uuid()),
        sa.Column("asked_at", AT, nullable=False),
        sa.Column("answered_at", AT),
        sa.Column("closed_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "state IN ('open', 'answered', 'closed')", name=op.f("ck_tickets_state")
        ),
        sa.ForeignKeyConstraint(["client_id"], ["users.id"], name=op.f("fk_tickets_client_id")),
        sa.ForeignKeyConstraint(["assignee_id"], ["users.id"], name=op.f("fk_tickets_assignee_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tickets")),
        sa.UniqueConstraint("number", name=op.f("uq_tickets_number")),
    )
    op.create_index("ix_tickets_client_id", "tickets", ["client_id", "created_at"])
    op.create_index(
        "ix_tickets_open", "tickets", ["asked_at"], postgresql_where=sa.text("state = 'open'")
    )
    op.create_table(
        "ticket_messages",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("ticket_id", sa.Uuid(), nullable=False),
        sa.Column("author_id", sa.Uuid(), nullable=False),
        sa.Column("author", sa.String(120), nullable=False),
        sa.Column("is_staff", sa.Boolean(), nullable=False),
        sa.Column("surface", sa.String(20), nullable=False),
        sa.Column("body", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["ticket_id"], ["tickets.id"], name=op.f("fk_ticket_messages_ticket_id")
        ),
        sa.ForeignKeyConstraint(
            ["author_id"], ["users.id"], name=op.f("fk_ticket_messages_author_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_messages")),
    )
    op.create_index("ix_ticket_messages_ticket_id", "ticket_messages", ["ticket_id", "id"])
    _guard()


def _guard() -> None:
    for statement in (
        "SELECT, INSERT, UPDATE (state, assignee_id, asked_at, answered_at, closed_at) ON tickets"
        " TO patriot_web",
        "SELECT, INSERT ON ticket_messages TO patriot_web",
        "SELECT, INSERT, UPDATE (state, asked_at) ON tickets TO patriot_bot",
        "SELECT, INSERT ON ticket_messages TO patriot_bot",
        "SELECT ON tickets, ticket_messages TO patriot_auditor",
    ):
        op.execute(f"GRANT {statement}")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ticket_messages"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    # The policy of the tickets themselves decides which ticket a message may belong to.
    messages = "EXISTS (SELECT 1 FROM tickets AS t WHERE t.id = ticket_id)"
    mine = "author_id = (SELECT app_user_id())"
    spoken_as = f"{mine} AND (NOT is_staff OR {STAFF})"
    for table, sees, writes in (
        ("tickets", f"{STAFF} OR {OWN}", f"{STAFF} OR {OWN}"),
        ("ticket_messages", messages, f"{messages} AND {spoken_as}"),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY people ON {table} FOR ALL TO patriot_web, patriot_bot"
            f" USING ({sees}) WITH CHECK ({writes})"
        )
        op.execute(f"CREATE POLICY others ON {table} FOR SELECT TO patriot_auditor USING (true)")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("ticket_messages")
    op.drop_table("tickets")
