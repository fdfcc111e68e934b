"""Suspend accounts with their client.

Why: nothing may be opened for a client who is suspended or not yet admitted, and what the fence of
the orders asks is the account; a suspended client must still hear what happens to his money; a
client wishes for another risk profile and the desk decides.
Forward: accounts.suspended_with_client; a client's wish on users; post_notifications() reaches
suspended clients too.
Back: as before.

Revision: 0025
Follows: 0024
"""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

PROFILES = "'low', 'medium', 'high', 'ultra_high'"
STAFF_OR_CLIENT = """
          JOIN users AS u ON (u.status = 'active' AND u.roles && n.roles::varchar[])
               OR (u.status IN ({states}) AND n.is_for_client
                   AND u.id = coalesce(a.client_id, n.client_id))
"""
POST_NOTIFICATIONS = """
CREATE OR REPLACE FUNCTION post_notifications(notices jsonb) RETURNS integer
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH posted AS (
        INSERT INTO notifications (id, event_id, user_id, channel, severity, title, body)
        SELECT gen_random_uuid(), n.event_id, u.id, n.channel, n.severity, n.title, n.body
          FROM jsonb_to_recordset(notices) AS n(
               event_id uuid, roles text[], account_id uuid, client_id uuid, actor_id uuid,
               is_for_client boolean, channel text, severity text, title text, body text)
          LEFT JOIN accounts AS a ON a.id = n.account_id
          {recipients}
         WHERE u.id IS DISTINCT FROM n.actor_id
        ON CONFLICT DO NOTHING
        RETURNING 1
    )
    SELECT count(*)::integer FROM posted
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "accounts",
        sa.Column(
            "suspended_with_client", sa.Boolean(), nullable=False, server_default=sa.text("false")
        ),
    )
    op.add_column("users", sa.Column("risk_profile_wish", sa.String(32)))
    op.create_check_constraint(
        op.f("ck_users_risk_profile_wish"), "users", f"risk_profile_wish IN ({PROFILES})"
    )
    op.add_column(
        "users", sa.Column("wish_justification", sa.String(), nullable=False, server_default="")
    )
    _post("'active', 'suspended'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _post("'active'")
    op.drop_column("users", "wish_justification")
    op.drop_column("users", "risk_profile_wish")
    op.drop_column("accounts", "suspended_with_client")


def _post(states: str) -> None:
    recipients = STAFF_OR_CLIENT.format(states=states).strip()
    op.execute(POST_NOTIFICATIONS.format(recipients=recipients))
