"""Let people choose their news.

Why: each person says what he wants to hear, where and when, and the desk's messages reach his chat
too; a message waits for his morning, goes out with its like, and is never sent twice into a chat.
Forward: settings and choices; what the outbox must know of each message; post_notifications() asks
the choices, and posts to named people.
Back: drops them; messages for chats are forgotten.

Revision: 0054
Follows: 0053
"""

import sqlalchemy as sa
from alembic import op

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
KINDS = "'trades', 'risk', 'keys', 'fees', 'security', 'people', 'desk', 'support', 'tips'"
OWN = "user_id = (SELECT app_user_id())"
TABLES = ("notification_settings", "notification_choices")
WAITING = "channel = 'telegram' AND sent_at IS NULL AND given_up_at IS NULL"
FORMER_POST = """
CREATE OR REPLACE FUNCTION post_notifications(notices jsonb) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH posted AS (
        INSERT INTO notifications (id, event_id, user_id, channel, severity, title, body)
        SELECT gen_random_uuid(), n.event_id, u.id, n.channel, n.severity, n.title, n.body
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, roles text[], account_id uuid, client_id uuid, actor_id uuid,
               is_for_client boolean, channel text, severity text, title text, body text)
          LEFT JOIN accounts AS a ON a.id = n.account_id
          JOIN users AS u ON (u.status = 'active' AND u.roles && n.roles::varchar[])
               OR (u.status IN ('active', 'suspended') AND n.is_for_client
                   AND u.id = coalesce(a.client_id, n.client_id))
         WHERE u.id IS DISTINCT FROM n.actor_id
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*)::integer FROM posted
$$
"""
POST = """
CREATE OR REPLACE FUNCTION post_notifications(notices jsonb) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH posted AS (
        INSERT INTO notifications (id, event_id, user_id, channel, severity, kind, title, body,
                                   about, group_key, priority, is_silent, due_at, read_at)
        SELECT gen_random_uuid(), n.event_id, u.id, c.channel, n.severity, n.kind, n.title, n.body,
               n.about, n.group_key, CASE WHEN n.severity = 'critical' THEN 0 ELSE 1 END,
               e.choice = 'silent', now() + make_interval(secs => n.wait_s),
               CASE WHEN c.channel = 'console' AND e.choice = 'silent' THEN now() END
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, roles text[], user_id uuid, account_id uuid, client_id uuid,
               actor_id uuid, is_for_client boolean, channels jsonb, severity text, kind text,
               title text, body text, about text, group_key text, wait_s double precision)
          LEFT JOIN accounts AS a ON a.id = n.account_id
          JOIN users AS u ON (u.status = 'active' AND u.roles && n.roles::varchar[])
               OR (u.status IN ('active', 'suspended')
                   AND ((n.is_for_client AND u.id = coalesce(a.client_id, n.client_id))
                        OR u.id = n.user_id))
         CROSS JOIN LATERAL jsonb_each_text(n.channels) AS c(channel, choice)
          LEFT JOIN notification_choices AS p
                 ON p.user_id = u.id AND p.kind = n.kind AND p.channel = c.channel
         CROSS JOIN LATERAL (SELECT CASE
               WHEN n.kind = 'security' AND c.channel <> 'telegram' THEN c.choice
               WHEN n.severity = 'critical' AND c.channel = 'console' THEN 'on'
               WHEN n.severity <> 'critical' AND p.muted_until > now() THEN 'off'
               ELSE coalesce(p.choice, c.choice) END AS choice) AS e
         WHERE u.id IS DISTINCT FROM n.actor_id AND e.choice <> 'off'
           AND (c.channel <> 'telegram' OR EXISTS (
                SELECT 1 FROM telegram_links AS l
                 WHERE l.user_id = u.id AND l.unlinked_at IS NULL))
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*)::integer FROM posted
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_settings()
    _add_choices()
    for column in (
        sa.Column("kind", sa.String(32), nullable=False, server_default="desk"),
        sa.Column("about", sa.String(80), nullable=False, server_default=""),
        sa.Column("group_key", sa.String(120), nullable=False, server_default=""),
        sa.Column("priority", sa.SmallInteger(), nullable=False, server_default="1"),
        sa.Column("is_silent", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("held_for", sa.String(32), nullable=False, server_default=""),
        sa.Column("sending_at", AT),
        sa.Column("is_unsure", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("sent_as", sa.Uuid()),
    ):
        op.add_column("notifications", column)
    op.create_check_constraint(op.f("ck_notifications_kind"), "notifications", f"kind IN ({KINDS})")
    op.create_check_constraint(
        op.f("ck_notifications_held_for"),
        "notifications",
        "held_for IN ('', 'nothing', 'quiet', 'digest')",
    )
    op.create_index(
        "ix_notifications_unsent_telegram",
        "notifications",
        ["priority", "due_at", "id"],
        postgresql_where=sa.text(WAITING),
    )
    op.execute(POST)
    _grant()


def _add_settings() -> None:
    op.create_table(
        "notification_settings",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False, server_default="UTC"),
        sa.Column("language", sa.String(32), nullable=False, server_default="en"),
        sa.Column("quiet_from", sa.Time()),
        sa.Column("quiet_until", sa.Time()),
        sa.Column("digest", sa.String(32), nullable=False, server_default="off"),
        sa.Column("digest_at", sa.Time(), nullable=False, server_default="08:00"),
        sa.Column("digest_weekday", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("hides_amounts", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("updated_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "language IN ('en', 'uk', 'ru')", name=op.f("ck_notification_settings_language")
        ),
        sa.CheckConstraint(
            "digest IN ('off', 'daily', 'weekly')", name=op.f("ck_notification_settings_digest")
        ),
        sa.CheckConstraint(
            "(quiet_from IS NULL) = (quiet_until IS NULL)",
            name=op.f("ck_notification_settings_quiet_hours"),
        ),
        sa.CheckConstraint(
            "digest_weekday BETWEEN 0 AND 6", name=op.f("ck_notification_settings_digest_weekday")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_settings_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_notification_settings")),
    )


def _add_choices() -> None:
    op.create_table(
        "notification_choices",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("choice", sa.String(32)),
        sa.Column("muted_until", AT),
        sa.CheckConstraint(f"kind IN ({KINDS})", name=op.f("ck_notification_choices_kind")),
        sa.CheckConstraint(
            "channel IN ('console', 'telegram', 'email')",
            name=op.f("ck_notification_choices_channel"),
        ),
        sa.CheckConstraint(
            "choice IN ('on', 'silent', 'off')", name=op.f("ck_notification_choices_choice")
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name=op.f("fk_notification_choices_user_id")
        ),
        sa.PrimaryKeyConstraint("user_id", "kind", "channel", name=op.f("pk_notification_choices")),
    )


def _grant() -> None:
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {table} TO patriot_daemon, patriot_auditor")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO patriot_web, patriot_bot")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({OWN}) WITH CHECK ({OWN})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL"
            " TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
        )
    op.execute(
        "GRANT UPDATE (attempts, due_at, error, given_up_at, held_for, sending_at, is_unsure,"
        " sent_as) ON notifications TO patriot_bot"
    )
    op.execute(
        "GRANT UPDATE (attempts, due_at, error, given_up_at) ON notifications TO patriot_web"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "REVOKE UPDATE (attempts, due_at, error, given_up_at) ON notifications FROM patriot_web"
    )
    op.execute(
        "REVOKE UPDATE (attempts, due_at, error, given_up_at) ON notifications FROM patriot_bot"
    )
    op.execute(FORMER_POST)
    op.execute("DELETE FROM notifications WHERE channel = 'telegram'")
    op.drop_index("ix_notifications_unsent_telegram", "notifications")
    for name in (
        "sent_as",
        "is_unsure",
        "sending_at",
        "held_for",
        "is_silent",
        "priority",
        "group_key",
        "about",
        "kind",
    ):
        op.drop_column("notifications", name)
    for table in reversed(TABLES):
        op.drop_table(table)
