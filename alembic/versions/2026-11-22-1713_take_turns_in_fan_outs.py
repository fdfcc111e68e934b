"""Take turns in fan-outs.

Why: who is served first pays the best price; accounts take turns, and each fan-out says who began.
Forward: signals.turn, counted by deployment, instrument and action; fan_outs.first_account_id.
Back: drops both; every fan-out begins with the same account again.

Revision: 0035
Follows: 0034
"""

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("signals", sa.Column("turn", sa.Integer(), nullable=False, server_default="0"))
    op.create_index("ix_signals_turn", "signals", ["deployment_id", "symbol", "action", "turn"])
    op.add_column("fan_outs", sa.Column("first_account_id", sa.Uuid()))
    op.create_foreign_key(
        op.f("fk_fan_outs_first_account_id"),
        "fan_outs",
        "accounts",
        ["first_account_id"],
        ["id"],
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_constraint(op.f("fk_fan_outs_first_account_id"), "fan_outs", type_="foreignkey")
    op.drop_column("fan_outs", "first_account_id")
    op.drop_index("ix_signals_turn", "signals")
    op.drop_column("signals", "turn")
