"""Count entries that expired, gave way or were taken back apart from failures.

Why: an entry that ended as it was meant to stood among the failed, and was offered to be tried again.
Forward: three counts in signal_outcomes. Rows with failures are taken away; they are derived again.
Back: drops the counts, and takes away the rows that used them.

Revision: 0021
Follows: 0020
"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

COUNTS = ("expired", "superseded", "cancelled")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM signal_outcomes WHERE failed > 0")
    for name in COUNTS:
        op.add_column(
            "signal_outcomes", sa.Column(name, sa.Integer(), nullable=False, server_default="0")
        )
        op.alter_column("signal_outcomes", name, server_default=None)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DELETE FROM signal_outcomes WHERE expired + superseded + cancelled > 0")
    for name in COUNTS:
        op.drop_column("signal_outcomes", name)
