"""Date the equity's peak.

Why: a deposit found later must move the peak only if the peak was seen before the deposit.
Forward: account_states.peak_at, market time of the reading that set the peak.
Back: drops it.

Revision: 0005
Follows: 0004
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("account_states", sa.Column("peak_at", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("account_states", "peak_at")
