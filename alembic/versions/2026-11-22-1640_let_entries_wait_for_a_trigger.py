"""Let entries wait for a trigger price: stop-market and stop-limit.

Why: a break-out is entered when the market passes a price, not when it comes back to one.
Forward: STOP_LIMIT among the types of orders and entries; signals.trigger_price; an index that finds
the order that became of a triggered one.
Back: drops them; signals and intents of these types are told as STOP_MARKET.

Revision: 0031
Follows: 0030
"""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TYPES = ("MARKET", "LIMIT", "STOP_MARKET", "TAKE_PROFIT_MARKET")
COLUMNS = (("signals", "entry_type"), ("intents", "order_type"))


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("signals", sa.Column("trigger_price", sa.Numeric(38, 18)))
    op.create_index(
        "ix_attempts_triggered",
        "attempts",
        ["account_id", "triggered_order_id"],
        postgresql_where=sa.text("triggered_order_id is not null"),
    )
    _allow((*TYPES, "STOP_LIMIT"))


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table, column in COLUMNS:
        op.execute(f"UPDATE {table} SET {column} = 'STOP_MARKET' WHERE {column} = 'STOP_LIMIT'")
    _allow(TYPES)
    op.drop_index("ix_attempts_triggered", "attempts")
    op.drop_column("signals", "trigger_price")


def _allow(types: tuple[str, ...]) -> None:
    listed = ", ".join(f"'{value}'" for value in types)
    for table, column in COLUMNS:
        op.drop_constraint(op.f(f"ck_{table}_{column}"), table)
        op.create_check_constraint(op.f(f"ck_{table}_{column}"), table, f"{column} IN ({listed})")
