"""Watch the delivery.

Why: when messages stop to leave by one channel somebody must hear of it by another; and a chat hears
in the order in which things happened, what is critical first.
Forward: the alarms that stand; the index of what waits for chats is in the order it leaves in.
Back: drops the alarms; the former order.

Revision: 0060
Follows: 0059
"""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

NAME = "ix_notifications_unsent_telegram"
AT = sa.TIMESTAMP(timezone=True)
WAITING = "channel = 'telegram' AND sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _order_by("created_at", "event_id")
    # Whoever empties the outbox into chats is nobody in particular and asks everybody's settings.
    op.execute(
        "CREATE POLICY outbox ON notification_settings FOR SELECT TO patriot_bot"
        " USING ((SELECT app_scope()) = 'staff' AND (SELECT app_user_id()) IS NULL)"
    )
    op.create_table(
        "delivery_alarms",
        sa.Column("channel", sa.String(32), nullable=False),
        sa.Column("since", AT, nullable=False),
        sa.CheckConstraint(
            "channel IN ('console', 'telegram', 'email')", name=op.f("ck_delivery_alarms_channel")
        ),
        sa.PrimaryKeyConstraint("channel", name=op.f("pk_delivery_alarms")),
    )
    op.execute("GRANT SELECT ON delivery_alarms TO patriot_web, patriot_auditor")
    op.execute("GRANT SELECT, INSERT, DELETE ON delivery_alarms TO patriot_daemon, patriot_bot")
    op.execute("ALTER TABLE delivery_alarms ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON delivery_alarms FOR SELECT TO patriot_web"
        " USING ((SELECT app_fence()) <> 'closed')"
    )
    op.execute(
        "CREATE POLICY others ON delivery_alarms FOR ALL"
        " TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("delivery_alarms")
    op.execute("DROP POLICY outbox ON notification_settings")
    _order_by("due_at", "id")


def _order_by(*columns: str) -> None:
    op.drop_index(NAME, "notifications")
    op.create_index(
        NAME, "notifications", ["priority", *columns], postgresql_where=sa.text(WAITING)
    )
