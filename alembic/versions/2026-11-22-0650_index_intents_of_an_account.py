"""Find the intents of one account of a signal at once.

Why: the fan-out grid joins each account of a signal to its intents; by signal alone that reads a
thousand rows for each of a thousand accounts.
Forward: ix_intents_signal covers (signal_id, account_id).
Back: covers signal_id alone.

Revision: 0004
Follows: 0003
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_intents_signal", "intents")
    op.create_index("ix_intents_signal", "intents", ["signal_id", "account_id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_intents_signal", "intents")
    op.create_index("ix_intents_signal", "intents", ["signal_id"])
