"""Invite people.

Why: a customer registers himself by a link that is good once, agrees to the terms that he was shown,
and waits until the desk approves him; a form sent twice enters nobody twice.
Forward: invitations, codes that stand for one in a chat, answers to repeated requests; the terms that
a person agreed to; a message may go to an invited person, and one that lets somebody in is wiped.
Back: drops them with the messages that went to invited people.

Revision: 0023
Follows: 0022
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
VISITOR = "(SELECT app_scope()) = 'sign_in'"
SHOWN = "id, email, name, expires_at, used_at, revoked_at"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "invitations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        sa.Column("sent_at", AT, nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("revoked_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("fk_invitations_created_by")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_invitations_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invitations")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_invitations_token_hash")),
    )
    op.create_index(
        "uq_invitations_email_open",
        "invitations",
        [sa.text("lower(email)")],
        unique=True,
        postgresql_where=sa.text("used_at IS NULL AND revoked_at IS NULL"),
    )
    op.create_table(
        "registration_codes",
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("used_at", AT),
        sa.Column("telegram_id", sa.BigInteger()),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["invitation_id"], ["invitations.id"], name=op.f("fk_registration_codes_invitation_id")
        ),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_registration_codes")),
    )
    op.create_index("ix_registration_codes_invitation_id", "registration_codes", ["invitation_id"])
    op.create_table(
        "served_requests",
        sa.Column("scope", sa.String(120), nullable=False),
        sa.Column("request_id", sa.String(80), nullable=False),
        sa.Column("answered_at", AT, nullable=False),
        sa.Column("answer", JSONB(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "request_id", name=op.f("pk_served_requests")),
    )
    op.add_column(
        "users", sa.Column("terms_version", sa.String(64), nullable=False, server_default="")
    )
    op.add_column("users", sa.Column("terms_agreed_at", AT))
    _address_invited()
    _guard()


def _address_invited() -> None:
    op.add_column("notifications", sa.Column("invitation_id", sa.Uuid()))
    op.add_column(
        "notifications",
        sa.Column("is_secret", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.create_foreign_key(
        op.f("fk_notifications_invitation_id"),
        "notifications",
        "invitations",
        ["invitation_id"],
        ["id"],
    )
    op.drop_constraint(op.f("ck_notifications_recipient"), "notifications", type_="check")
    op.create_check_constraint(
        op.f("ck_notifications_recipient"),
        "notifications",
        "num_nonnulls(user_id, contact_id, invitation_id) = 1",
    )


def _guard() -> None:
    op.execute("GRANT SELECT, INSERT, UPDATE ON invitations TO patriot_web")
    op.execute(f"GRANT SELECT ({SHOWN}) ON invitations TO patriot_daemon, patriot_bot")
    op.execute(f"GRANT SELECT ({SHOWN}, created_by, user_id) ON invitations TO patriot_auditor")
    op.execute("GRANT SELECT, INSERT ON registration_codes TO patriot_web")
    op.execute("GRANT SELECT ON registration_codes TO patriot_bot")
    op.execute("GRANT UPDATE (used_at, telegram_id) ON registration_codes TO patriot_bot")
    op.execute("GRANT SELECT, INSERT, UPDATE, DELETE ON served_requests TO patriot_web")
    own = "scope LIKE '%:' || (SELECT app_user_id())::text"
    for table, who in (
        ("invitations", f"{STAFF} OR {VISITOR}"),
        ("registration_codes", STAFF),
        ("served_requests", f"{STAFF} OR {VISITOR} OR {own}"),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({who}) WITH CHECK ({who})"
        )
    op.execute(
        "CREATE POLICY others ON invitations FOR SELECT"
        " TO patriot_daemon, patriot_bot, patriot_auditor USING (true)"
    )
    op.execute(
        "CREATE POLICY others ON registration_codes FOR ALL TO patriot_bot"
        " USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM notifications WHERE invitation_id IS NOT NULL")
    op.drop_constraint(op.f("ck_notifications_recipient"), "notifications", type_="check")
    op.create_check_constraint(
        op.f("ck_notifications_recipient"),
        "notifications",
        "num_nonnulls(user_id, contact_id) = 1",
    )
    op.drop_constraint(op.f("fk_notifications_invitation_id"), "notifications", type_="foreignkey")
    op.drop_column("notifications", "is_secret")
    op.drop_column("notifications", "invitation_id")
    op.drop_column("users", "terms_agreed_at")
    op.drop_column("users", "terms_version")
    op.drop_table("served_requests")
    op.drop_table("registration_codes")
    op.drop_table("invitations")
