"""Let entries rest.

Why: an entry may be a limit order that waits at the exchange for its price, until it ends, is taken
back for a newer signal, or is changed.
Forward: how a signal enters; when an intent's entry ends and when that was announced; why we took an
order back; amendments, one row per change of an open order, written before it is sent.
Back: drops them.

Revision: 0018
Follows: 0017
"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
NUMBER = sa.Numeric(38, 18)
TYPES = ("MARKET", "LIMIT", "STOP_MARKET", "TAKE_PROFIT_MARKET")
TIMES_IN_FORCE = ("GTC", "IOC", "FOK", "POST_ONLY")
STATES = ("created", "void", "sending", "unknown", "applied", "rejected", "absent")
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
MAY = f"(SELECT app_fence()) <> 'closed' OR {OWN}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "signals",
        sa.Column("entry_type", sa.String(32), nullable=False, server_default="MARKET"),
    )
    op.add_column("signals", sa.Column("entry_price", NUMBER))
    op.add_column("signals", sa.Column("time_in_force", sa.String(32)))
    op.add_column("signals", sa.Column("expires_at", AT))
    op.create_check_constraint(
        op.f("ck_signals_entry_type"), "signals", f"entry_type IN ({_listed(TYPES)})"
    )
    op.create_check_constraint(
        op.f("ck_signals_time_in_force"), "signals", f"time_in_force IN ({_listed(TIMES_IN_FORCE)})"
    )
    op.add_column("intents", sa.Column("expires_at", AT))
    op.add_column("intents", sa.Column("expiry_told_at", AT))
    op.add_column(
        "attempts", sa.Column("cancel_cause", sa.String(32), nullable=False, server_default="")
    )
    _create_amendments()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("amendments")
    op.drop_column("attempts", "cancel_cause")
    op.drop_column("intents", "expiry_told_at")
    op.drop_column("intents", "expires_at")
    op.drop_constraint(op.f("ck_signals_time_in_force"), "signals")
    op.drop_constraint(op.f("ck_signals_entry_type"), "signals")
    for column in ("expires_at", "time_in_force", "entry_price", "entry_type"):
        op.drop_column("signals", column)


def _create_amendments() -> None:
    op.create_table(
        "amendments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column("command_id", sa.Uuid()),
        sa.Column("price", NUMBER, nullable=False),
        sa.Column("quantity", NUMBER, nullable=False),
        sa.Column("former_price", NUMBER, nullable=False),
        sa.Column("former_quantity", NUMBER, nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("timestamp_ms", sa.BigInteger()),
        sa.Column("receive_window_ms", sa.Integer()),
        sa.Column("epoch", sa.BigInteger()),
        sa.Column("exchange_code", sa.String(32), nullable=False, server_default=""),
        sa.Column("evidence", sa.String(), nullable=False, server_default=""),
        sa.Column("sending_at", AT),
        sa.Column("resolved_at", AT),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_amendments")),
        sa.ForeignKeyConstraint(
            ["attempt_id"], ["attempts.id"], name=op.f("fk_amendments_attempt_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_amendments_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["command_id"], ["commands.id"], name=op.f("fk_amendments_command_id")
        ),
        sa.CheckConstraint("quantity > 0 AND price > 0", name=op.f("ck_amendments_wanted")),
        sa.CheckConstraint(f"state IN ({_listed(STATES)})", name=op.f("ck_amendments_state")),
    )
    op.create_index("ix_amendments_attempt", "amendments", ["attempt_id"])
    op.create_index(
        "uq_amendments_live",
        "amendments",
        ["attempt_id"],
        unique=True,
        postgresql_where=sa.text("state IN ('created', 'sending', 'unknown')"),
    )
    op.execute("GRANT SELECT ON amendments TO patriot_web, patriot_auditor")
    op.execute("GRANT SELECT, INSERT, UPDATE ON amendments TO patriot_daemon")
    op.execute("ALTER TABLE amendments ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON amendments FOR ALL TO patriot_web USING ({MAY}) WITH CHECK ({MAY})"
    )
    op.execute(
        "CREATE POLICY others ON amendments FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def _listed(values: tuple[str, ...]) -> str:
    return ", ".join(f"'{value}'" for value in values)
