"""Tell people in their language.

Why: whoever chose Ukrainian or Russian for the bot read his notices in English.
Forward: post_notifications() takes a notice's words in the person's language where there are any.
Back: everybody reads English again.

Revision: 0067
Follows: 0066
"""

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

ENGLISH = ("n.title, n.body", "body text, about text", "")
CHOSEN = (
    "coalesce(n.words -> s.language ->> 0, n.title), coalesce(n.words -> s.language ->> 1, n.body)",
    "body text, words jsonb, about text",
    "LEFT JOIN notification_settings AS s ON s.user_id = u.id",
)
POST = """
CREATE OR REPLACE FUNCTION post_notifications(notices jsonb) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH posted AS (
        INSERT INTO notifications (id, event_id, user_id, channel, severity, kind, title, body,
                                   about, group_key, priority, is_silent, due_at, read_at)
        SELECT gen_random_uuid(), n.event_id, u.id, c.channel, n.severity, n.kind, {text},
               n.about, n.group_key, CASE WHEN n.severity = 'critical' THEN 0 ELSE 1 END,
               e.choice = 'silent', now() + make_interval(secs => n.wait_s),
               CASE WHEN c.channel = 'console' AND e.choice = 'silent' THEN now() END
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, roles text[], user_id uuid, account_id uuid, client_id uuid,
               actor_id uuid, is_for_client boolean, channels jsonb, severity text, kind text,
               title text, {columns}, group_key text, wait_s double precision)
          LEFT JOIN accounts AS a ON a.id = n.account_id
          JOIN users AS u ON (u.status = 'active' AND u.roles && n.roles::varchar[])
               OR (u.status IN ('active', 'suspended')
                   AND ((n.is_for_client AND u.id = coalesce(a.client_id, n.client_id))
                        OR u.id = n.user_id))
         {language}
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
    SELECT count(*)::integer FROM posted
$$
"""


def upgrade() -> None:
    _post(*CHOSEN)


def downgrade() -> None:
    _post(*ENGLISH)


def _post(text: str, columns: str, language: str) -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(POST.format(text=text, columns=columns, language=language))
