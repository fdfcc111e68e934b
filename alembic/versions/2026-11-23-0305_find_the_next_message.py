"""Find the next message.

Why: a chat hears in the order in which things happened, and what is critical first.
Forward: the index of what waits for chats is in that order.
Back: the former order.

Revision: 0055
Follows: 0054
"""

import sqlalchemy as sa
from alembic import op

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

NAME = "ix_notifications_unsent_telegram"
WAITING = "channel = 'telegram' AND sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _order_by("created_at", "event_id")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _order_by("due_at", "id")


def _order_by(*columns: str) -> None:
    op.drop_index(NAME, "notifications")
    op.create_index(
        NAME, "notifications", ["priority", *columns], postgresql_where=sa.text(WAITING)
    )
