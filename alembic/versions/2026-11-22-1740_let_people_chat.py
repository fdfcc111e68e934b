"""Let people chat.

Why: a person connects his Telegram account with himself, says there that it is he who signs in, and
an invited one makes himself known; a stranger in a chat can do nothing.
Forward: the bot with the lease of its one reader, links, codes, sign-ins, questions with two buttons,
tries; a registration code may be exchanged for a short-lived link.
Back: drops them.

Revision: 0044
Follows: 0043
"""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
VISITOR = "(SELECT app_scope()) = 'sign_in'"
OWN = "user_id = (SELECT app_user_id())"
TABLES = {
    "telegram_bots": "true",
    "telegram_links": f"{STAFF} OR {VISITOR} OR {OWN}",
    "telegram_offers": OWN,
    "telegram_sign_ins": VISITOR,
}
"""What the web process may see of them, by policy."""
BOT_ONLY = ("telegram_questions", "telegram_tries")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_bot_and_links()
    _add_offers()
    _add_sign_ins()
    _add_questions()
    op.add_column("registration_codes", sa.Column("ticket_hash", sa.LargeBinary()))
    op.add_column("registration_codes", sa.Column("ticket_expires_at", AT))
    op.create_unique_constraint(
        op.f("uq_registration_codes_ticket_hash"), "registration_codes", ["ticket_hash"]
    )
    _grant()
    _fence()


def _add_bot_and_links() -> None:
    op.create_table(
        "telegram_bots",
        sa.Column("id", sa.SmallInteger(), nullable=False, autoincrement=False),
        sa.Column("owner", sa.String(120), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("bot_id", sa.BigInteger()),
        sa.Column("username", sa.String(64), nullable=False, server_default=""),
        sa.Column("problem", sa.String(300), nullable=False, server_default=""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_bots")),
    )
    op.create_table(
        "telegram_links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("unlinked_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_telegram_links_user_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_links")),
    )
    for column in ("user_id", "telegram_id"):
        op.create_index(
            f"uq_telegram_links_{column}_live",
            "telegram_links",
            [column],
            unique=True,
            postgresql_where=sa.text("unlinked_at IS NULL"),
        )


def _add_offers() -> None:
    op.create_table(
        "telegram_offers",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("telegram_id", sa.BigInteger()),
        sa.Column("name", sa.String(120), nullable=False, server_default=""),
        sa.Column("claimed_at", AT),
        sa.Column("settled_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("fk_telegram_offers_user_id")),
        sa.ForeignKeyConstraint(
            ["session_id"], ["sessions.id"], name=op.f("fk_telegram_offers_session_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_offers")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_telegram_offers_code_hash")),
    )
    op.create_index(op.f("ix_telegram_offers_user_id"), "telegram_offers", ["user_id"])


def _add_sign_ins() -> None:
    op.create_table(
        "telegram_sign_ins",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("browser_hash", sa.LargeBinary(), nullable=False),
        sa.Column("code_hash", sa.LargeBinary(), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(300), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("telegram_id", sa.BigInteger()),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("asked_at", AT),
        sa.Column("answer", sa.String(3), nullable=False, server_default=""),
        sa.Column("answered_at", AT),
        sa.Column("used_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_telegram_sign_ins_user_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_sign_ins")),
        sa.UniqueConstraint("browser_hash", name=op.f("uq_telegram_sign_ins_browser_hash")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_telegram_sign_ins_code_hash")),
    )
    op.create_index("ix_telegram_sign_ins_ip_created_at", "telegram_sign_ins", ["ip", "created_at"])


def _add_questions() -> None:
    op.create_table(
        "telegram_questions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("nonce_hash", sa.LargeBinary(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        sa.Column("expires_at", AT, nullable=False),
        sa.Column("answered_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "kind IN ('sign_in', 'unlink')", name=op.f("ck_telegram_questions_kind")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_questions")),
        sa.UniqueConstraint("nonce_hash", name=op.f("uq_telegram_questions_nonce_hash")),
    )
    op.create_table(
        "telegram_tries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("telegram_id", sa.BigInteger(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_telegram_tries")),
    )
    op.create_index("ix_telegram_tries_telegram_id_at", "telegram_tries", ["telegram_id", "at"])


def _grant() -> None:
    for statement in (
        "SELECT ON alembic_version TO patriot_bot",
        "SELECT (access_until) ON users TO patriot_bot",
        "SELECT, INSERT, UPDATE, DELETE ON heartbeats TO patriot_bot",
        "INSERT ON sign_in_attempts TO patriot_bot",
        "UPDATE (ticket_hash, ticket_expires_at) ON registration_codes TO patriot_bot",
        "SELECT, INSERT, UPDATE ON telegram_bots TO patriot_bot",
        "SELECT, UPDATE (unlinked_at) ON telegram_links TO patriot_bot",
        "SELECT, UPDATE (telegram_id, name, claimed_at) ON telegram_offers TO patriot_bot",
        "SELECT (id, code_hash, ip, user_agent, expires_at, telegram_id, user_id, asked_at, answer,"
        " answered_at, used_at, created_at) ON telegram_sign_ins TO patriot_bot",
        "UPDATE (telegram_id, user_id, asked_at, answer, answered_at) ON telegram_sign_ins"
        " TO patriot_bot",
        "SELECT, INSERT, UPDATE (answered_at) ON telegram_questions TO patriot_bot",
        "SELECT, INSERT, DELETE ON telegram_tries TO patriot_bot",
        "SELECT ON telegram_bots TO patriot_web, patriot_auditor",
        "SELECT ON telegram_links TO patriot_auditor",
        "SELECT, INSERT, UPDATE (unlinked_at) ON telegram_links TO patriot_web",
        "SELECT, INSERT, UPDATE (settled_at) ON telegram_offers TO patriot_web",
        "SELECT, INSERT, UPDATE (used_at), DELETE ON telegram_sign_ins TO patriot_web",
    ):
        op.execute(f"GRANT {statement}")


def _fence() -> None:
    for table, who in TABLES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({who}) WITH CHECK ({who})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_bot, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    for table in BOT_ONLY:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY bot ON {table} FOR ALL TO patriot_bot USING (true) WITH CHECK (true)"
        )
    op.execute(
        f"CREATE POLICY visitors ON registration_codes FOR SELECT TO patriot_web USING ({VISITOR})"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP POLICY visitors ON registration_codes")
    op.drop_column("registration_codes", "ticket_expires_at")
    op.drop_column("registration_codes", "ticket_hash")
    for table in (*BOT_ONLY, *reversed(TABLES)):
        op.drop_table(table)
    op.execute("REVOKE SELECT (access_until) ON users FROM patriot_bot")
    op.execute("REVOKE INSERT ON sign_in_attempts FROM patriot_bot")
    op.execute("REVOKE ALL ON heartbeats, alembic_version FROM patriot_bot")
