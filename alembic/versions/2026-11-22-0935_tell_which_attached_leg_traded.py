"""Tell which attached leg traded.

Why: a stop that Bybit keeps on the position itself has no client order id; its trades looked like
somebody else's.
Forward: fills.leg_id names the protection leg of such a trade; null everywhere else.
Back: drops it.

Revision: 0009
Follows: 0008
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("fills", sa.Column("leg_id", sa.Uuid(), nullable=True))
    op.create_foreign_key("fk_fills_leg_id", "fills", "protection_legs", ["leg_id"], ["id"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint("fk_fills_leg_id", "fills", type_="foreignkey")
    op.drop_column("fills", "leg_id")
