"""Widen the limits.

Why: more is limited than notionals and losses, and a limit may be set aside for a while.
Forward: further names of limits; overrides that expire; what a critical breach of a limit does.
Back: overrides and limits of the further names go.

Revision: 0050
Follows: 0049
"""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None

NAMES = (
    "'order_notional', 'position_notional', 'leverage', 'daily_loss_fraction',"
    " 'drawdown_fraction', 'desk_exposure'"
)
MORE = (
    "'open_positions', 'concentration', 'order_rate', 'margin_ratio', 'margin_reduce',"
    " 'margin_exit', 'var_95_fraction', 'correlation', 'liquidity_days', 'error_rate'"
)
INDEX = "uq_risk_limits_current"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "risk_limits",
        sa.Column("is_override", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column("risk_limits", sa.Column("expires_at", sa.TIMESTAMP(timezone=True)))
    op.add_column(
        "risk_limits",
        sa.Column("action", sa.String(32), nullable=False, server_default="flatten"),
    )
    op.create_check_constraint(
        op.f("ck_risk_limits_expires_at"), "risk_limits", "is_override = (expires_at is not null)"
    )
    op.create_check_constraint(
        op.f("ck_risk_limits_action"), "risk_limits", "action IN ('flatten', 'halve')"
    )
    _allow(f"{NAMES}, {MORE}")
    _index("scope", "scope_id", "name", "is_override")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM risk_limits WHERE is_override OR name IN ({MORE})")
    _index("scope", "scope_id", "name")
    _allow(NAMES)
    op.drop_constraint(op.f("ck_risk_limits_action"), "risk_limits")
    op.drop_constraint(op.f("ck_risk_limits_expires_at"), "risk_limits")
    for column in ("action", "expires_at", "is_override"):
        op.drop_column("risk_limits", column)


def _allow(names: str) -> None:
    op.drop_constraint(op.f("ck_risk_limits_name"), "risk_limits")
    op.create_check_constraint(op.f("ck_risk_limits_name"), "risk_limits", f"name IN ({names})")


def _index(*columns: str) -> None:
    op.drop_index(INDEX, table_name="risk_limits")
    op.create_index(
        INDEX,
        "risk_limits",
        list(columns),
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
