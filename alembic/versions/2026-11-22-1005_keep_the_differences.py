"""Keep the differences.

Why: what differs between our books and an exchange must be seen, explained and decided by a person,
and every reading of an account that somebody asked for must say what it found.
Forward: discrepancies, sync_runs; the money difference that a day began with; an index of trades
that were not ours; grants and row security.
Back: drops them.

Revision: 0013
Follows: 0012
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
KINDS = (
    "position_differs",
    "position_unknown",
    "order_not_at_exchange",
    "orphan_order",
    "foreign_order",
    "foreign_trade",
    "stop_missing",
    "wallet_differs",
)
STATES = ("open", "explained", "adopted", "ignored", "cleared")
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
MAY = f"(SELECT app_fence()) <> 'closed' OR {OWN}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "discrepancies",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("kind", _checked("kind", KINDS), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False, server_default=""),
        sa.Column("local", sa.String(), nullable=False),
        sa.Column("reported", sa.String(), nullable=False),
        sa.Column("cause", sa.String(32), nullable=False, server_default=""),
        sa.Column("evidence", sa.String(), nullable=False, server_default=""),
        sa.Column("status", _checked("status", STATES), nullable=False),
        sa.Column("parks", sa.Boolean(), nullable=False),
        sa.Column("found_at", AT, nullable=False, server_default=sa.func.now()),
        sa.Column("seen_at", AT, nullable=False, server_default=sa.func.now()),
        sa.Column("decision", sa.String(16), nullable=False, server_default=""),
        sa.Column("decided_by", sa.Uuid()),
        sa.Column("decided_at", AT),
        sa.Column("reason", sa.String(), nullable=False, server_default=""),
        sa.Column("resolved_at", AT),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_discrepancies_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["users.id"], name=op.f("fk_discrepancies_decided_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_discrepancies")),
    )
    op.create_index(
        "uq_discrepancies_open",
        "discrepancies",
        ["account_id", "kind", "subject"],
        unique=True,
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index("ix_discrepancies_account", "discrepancies", ["account_id", "found_at"])
    op.create_table(
        "sync_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("requested_by", sa.Uuid()),
        sa.Column("started_at", AT, nullable=False),
        sa.Column("finished_at", AT),
        sa.Column("report", JSONB(), nullable=False, server_default="{}"),
        sa.Column("error", sa.String(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_sync_runs_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["requested_by"], ["users.id"], name=op.f("fk_sync_runs_requested_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_runs")),
    )
    op.create_index("ix_sync_runs_account", "sync_runs", ["account_id", "started_at"])
    op.add_column("ledger_cursors", sa.Column("day_difference", sa.Numeric(38, 18)))
    op.add_column("ledger_cursors", sa.Column("day_started_at", AT))
    op.create_index(
        "ix_fills_not_ours",
        "fills",
        ["received_at"],
        postgresql_where=sa.text("attempt_id is null"),
    )
    for table in ("discrepancies", "sync_runs"):
        op.execute(f"GRANT SELECT ON {table} TO patriot_web, patriot_auditor")
        op.execute(f"GRANT SELECT, INSERT, UPDATE ON {table} TO patriot_daemon")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({MAY}) WITH CHECK ({MAY})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    op.execute(
        "GRANT UPDATE (decision, decided_by, decided_at, reason) ON discrepancies TO patriot_web"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_index("ix_fills_not_ours", "fills")
    op.drop_column("ledger_cursors", "day_started_at")
    op.drop_column("ledger_cursors", "day_difference")
    op.drop_table("sync_runs")
    op.drop_table("discrepancies")


def _checked(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
