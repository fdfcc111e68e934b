"""Lock a second factor that somebody guesses at.

Why: who knows a password has six digits left to guess; after five wrong codes the app's codes are
not looked at for a while.
Forward: how many codes were wrong, and until when the factor is locked.
Back: drops both.

Revision: 0026
Follows: 0025
"""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "users", sa.Column("totp_wrong", sa.SmallInteger(), nullable=False, server_default="0")
    )
    op.add_column("users", sa.Column("totp_locked_until", sa.TIMESTAMP(timezone=True)))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("users", "totp_locked_until")
    op.drop_column("users", "totp_wrong")
