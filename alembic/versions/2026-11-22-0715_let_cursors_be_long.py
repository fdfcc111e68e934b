"""Let cursors be long.

Why: a cursor names every row of its last millisecond, and one order's trades fill a line.
Forward: text without a limit. Back: the former limits.

Revision: 0006
Follows: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("ledger_cursors", "fill_cursors"):
        op.alter_column(table, "cursor", type_=sa.String())


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.alter_column("ledger_cursors", "cursor", type_=sa.String(300))
    op.alter_column("fill_cursors", "cursor", type_=sa.String(200))
