"""Post the mail.

Why: a message that leaves the house is tried again with growing pauses, and one that never will be
sent must say why instead of waiting for ever.
Forward: notifications.attempts, due_at, error and given_up_at; the outbox's index holds e-mail that
is still to be sent. Messages of a channel that nobody serves are given up.
Back: drops them.

Revision: 0008
Follows: 0007
"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

WAITING = "channel = 'email' AND sent_at IS NULL AND given_up_at IS NULL"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in (
        sa.Column("attempts", sa.Integer(), nullable=False, server_default="0"),
        sa.Column(
            "due_at", sa.TIMESTAMP(timezone=True), nullable=False, server_default=sa.func.now()
        ),
        sa.Column("error", sa.String(), nullable=False, server_default=""),
        sa.Column("given_up_at", sa.TIMESTAMP(timezone=True)),
    ):
        op.add_column("notifications", column)
    op.execute(
        "UPDATE notifications SET given_up_at = now(), error = 'Nothing serves this channel'"
        " WHERE channel NOT IN ('console', 'email') AND sent_at IS NULL"
    )
    op.drop_index("ix_notifications_unsent", "notifications")
    op.create_index(
        "ix_notifications_unsent", "notifications", ["due_at"], postgresql_where=sa.text(WAITING)
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_notifications_unsent", "notifications")
    op.create_index(
        "ix_notifications_unsent",
        "notifications",
        ["channel"],
        postgresql_where=sa.text("sent_at IS NULL"),
    )
    for name in ("given_up_at", "error", "due_at", "attempts"):
        op.drop_column("notifications", name)
