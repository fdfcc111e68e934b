"""Try signals again.

Why: an operator tries the accounts that a signal failed on once more; that is a signal of its own,
for these accounts alone.
Forward: which signal is tried again, and for whom.
Back: drops both; what was tried again stays as a signal like any other.

Revision: 0019
Follows: 0018
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("signals", sa.Column("retry_of", sa.Uuid()))
    op.add_column("signals", sa.Column("accounts", ARRAY(sa.Uuid())))
    op.create_foreign_key(op.f("fk_signals_retry_of"), "signals", "signals", ["retry_of"], ["id"])
    op.create_index("ix_signals_retry_of", "signals", ["retry_of"])


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_signals_retry_of", "signals")
    op.drop_constraint(op.f("fk_signals_retry_of"), "signals", type_="foreignkey")
    op.drop_column("signals", "accounts")
    op.drop_column("signals", "retry_of")
