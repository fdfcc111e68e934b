"""Keep what reviews saw.

Why: a changed limit is tried on the orders of the last day before it is set, by the review itself.
Forward: fan_out_accounts.reviewed; the daemon may end overrides that expired.
Back: drops it.

Revision: 0062
Follows: 0061
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("fan_out_accounts", sa.Column("reviewed", JSONB()))
    op.execute("GRANT UPDATE (ended_at) ON risk_limits TO patriot_daemon")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE UPDATE (ended_at) ON risk_limits FROM patriot_daemon")
    op.drop_column("fan_out_accounts", "reviewed")
