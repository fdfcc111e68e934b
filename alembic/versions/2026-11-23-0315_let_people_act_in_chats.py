"""Let people act in chats.

Why: a client pauses his own account and starts it again, which he may not where the desk stopped it;
in a chat he and the desk do what their pages let them do, by the same services.
Forward: accounts.paused_by_client; the bot writes what these services write, and reads when a person
last proved who he is.
Back: as before.

Revision: 0058
Follows: 0057
"""

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None

GRANTS = (
    "UPDATE (status, status_reason, paused_by_client) ON accounts",
    "INSERT, UPDATE ON halts",
    "INSERT ON halt_accounts",
    "UPDATE (acknowledged_at, acknowledged_by) ON incidents",
    "SELECT (id, user_id, created_at, last_seen_at, idle_seconds, expires_at, ended_at,"
    " stepped_up_at) ON sessions",
)


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "accounts",
        sa.Column(
            "paused_by_client", sa.Boolean(), nullable=False, server_default=sa.text("false")
        ),
    )
    for granted in GRANTS:
        op.execute(f"GRANT {granted} TO patriot_bot")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for granted in reversed(GRANTS):
        op.execute(f"REVOKE {granted} FROM patriot_bot")
    op.drop_column("accounts", "paused_by_client")
