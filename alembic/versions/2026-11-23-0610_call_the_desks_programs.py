"""Call the desk's programs.

Why: what staff hears a program of the desk's own may hear too, by a signed call.
Forward: endpoints; messages for them in the same outbox; post_notifications() puts them out; an alarm
can stand for this channel too.
Back: drops the endpoints and what was put out for them.

Revision: 0066
Follows: 0065
"""

import sqlalchemy as sa
from alembic import op

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
SHOWN = (
    "id, name, url, kinds, status, secret_at, last_at, last_result, is_last_taken, failing_since,"
    " created_at"
)
FORMER = "num_nonnulls(user_id, contact_id, invitation_id, email_change_id) = 1"
RECIPIENT = "num_nonnulls(user_id, contact_id, invitation_id, email_change_id, webhook_id) = 1"
CHANNELS = "'console', 'telegram', 'email'"
FORMER_POST = """
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
CALLED = """
    ), called AS (
        INSERT INTO notifications (id, event_id, webhook_id, channel, severity, kind, title, body,
                                   about, priority)
        SELECT gen_random_uuid(), n.event_id, w.id, 'webhook', n.severity, n.kind, n.title, n.call,
               n.about, CASE WHEN n.severity = 'critical' THEN 0 ELSE 1 END
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, severity text, kind text, title text, about text, call text)
          JOIN webhooks AS w ON w.status IN ('active', 'paused') AND n.kind = ANY(w.kinds)
         WHERE n.call <> ''
        ON CONFLICT DO NOTHING
    )
    SELECT count(*)"""
POST = FORMER_POST.replace("\n    )\n    SELECT count(*)", CALLED)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _add_endpoints()
    op.add_column("notifications", sa.Column("webhook_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_notifications_webhook_id"), "notifications", "webhooks", ["webhook_id"], ["id"]
    )
    op.create_unique_constraint(
        op.f("uq_notifications_event_id_webhook_id"), "notifications", ["event_id", "webhook_id"]
    )
    op.create_index(
        "ix_notifications_unsent_webhook",
        "notifications",
        ["due_at"],
        postgresql_where=sa.text("channel = 'webhook' AND sent_at IS NULL AND given_up_at IS NULL"),
    )
    _recipient(RECIPIENT)
    _alarms(f"{CHANNELS}, 'webhook'")
    op.execute(POST)
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FORMER_POST)
    op.execute("DELETE FROM notifications WHERE channel = 'webhook'")
    op.execute("DELETE FROM delivery_alarms WHERE channel = 'webhook'")
    _alarms(CHANNELS)
    _recipient(FORMER)
    op.drop_index("ix_notifications_unsent_webhook", "notifications")
    op.drop_constraint(op.f("uq_notifications_event_id_webhook_id"), "notifications")
    op.drop_constraint(op.f("fk_notifications_webhook_id"), "notifications")
    op.drop_column("notifications", "webhook_id")
    op.drop_table("webhooks")


def _add_endpoints() -> None:
    op.create_table(
        "webhooks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(80), nullable=False),
        sa.Column("url", sa.String(500), nullable=False),
        sa.Column("kinds", sa.ARRAY(sa.String(32)), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("secret_at", AT, nullable=False),
        sa.Column("last_at", AT),
        sa.Column("last_result", sa.String(200), nullable=False, server_default=""),
        sa.Column("is_last_taken", sa.Boolean(), nullable=False, server_default=sa.text("false")),
        sa.Column("failing_since", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "status IN ('active', 'paused', 'off', 'deleted')", name=op.f("ck_webhooks_status")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhooks")),
    )


def _grant() -> None:
    # The web makes secrets and never reads one back.
    op.execute(f"GRANT SELECT ({SHOWN}) ON webhooks TO patriot_web, patriot_auditor")
    op.execute("GRANT INSERT ON webhooks TO patriot_web")
    op.execute("GRANT UPDATE (status, secret, secret_at, failing_since) ON webhooks TO patriot_web")
    op.execute("GRANT SELECT ON webhooks TO patriot_daemon")
    op.execute(
        "GRANT UPDATE (status, last_at, last_result, is_last_taken, failing_since) ON webhooks"
        " TO patriot_daemon"
    )
    op.execute("GRANT SELECT (id, status) ON webhooks TO patriot_bot")
    op.execute("ALTER TABLE webhooks ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON webhooks FOR ALL TO patriot_web USING ({STAFF}) WITH CHECK ({STAFF})"
    )
    op.execute(
        "CREATE POLICY others ON webhooks FOR ALL"
        " TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
    )


def _recipient(condition: str) -> None:
    op.drop_constraint(op.f("ck_notifications_recipient"), "notifications", type_="check")
    op.create_check_constraint(op.f("ck_notifications_recipient"), "notifications", condition)


def _alarms(channels: str) -> None:
    op.drop_constraint(op.f("ck_delivery_alarms_channel"), "delivery_alarms", type_="check")
    op.create_check_constraint(
        op.f("ck_delivery_alarms_channel"), "delivery_alarms", f"channel IN ({channels})"
    )
