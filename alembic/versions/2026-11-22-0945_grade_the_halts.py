"""Grade the halts.

Why: a halt must say how far it goes, show how far its clearing up has come on each account, and may
be lowered by one person alone only where it is the mildest or where the desk is one person.
Forward: halts.level and the proposal to lower one; halt_accounts with grants and row security.
Back: drops them.

Revision: 0011
Follows: 0010
"""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STATES = ("waiting", "running", "done", "failed")
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
MAY = f"(SELECT app_fence()) <> 'closed' OR {OWN}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for column in (
        sa.Column("level", sa.SmallInteger(), nullable=False, server_default="2"),
        sa.Column("lowering_to", sa.SmallInteger()),
        sa.Column("lowering_by", sa.Uuid()),
        sa.Column("lowering_at", AT),
        sa.Column("lowering_reason", sa.String(), nullable=False, server_default=""),
        sa.Column("is_solo", sa.Boolean(), nullable=False, server_default=sa.false()),
    ):
        op.add_column("halts", column)
    op.create_foreign_key(op.f("fk_halts_lowering_by"), "halts", "users", ["lowering_by"], ["id"])
    op.create_check_constraint(op.f("ck_halts_level"), "halts", "level between 1 and 4")
    op.create_check_constraint(
        op.f("ck_halts_two_people"),
        "halts",
        "is_solo or lowering_by is null or lifted_by is null or lowering_by <> lifted_by",
    )
    op.create_table(
        "halt_accounts",
        sa.Column("halt_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("shard", sa.SmallInteger(), nullable=False),
        sa.Column(
            "state",
            sa.Enum(*STATES, name="state", native_enum=False, create_constraint=True, length=32),
            nullable=False,
        ),
        sa.Column("notional", sa.Numeric(38, 18), nullable=False, server_default="0"),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("due_at", AT, nullable=False, server_default=sa.func.now()),
        sa.Column("started_at", AT),
        sa.Column("finished_at", AT),
        sa.Column("result", sa.String(), nullable=False, server_default=""),
        sa.Column("error", sa.String(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_halt_accounts_account_id")
        ),
        sa.ForeignKeyConstraint(["halt_id"], ["halts.id"], name=op.f("fk_halt_accounts_halt_id")),
        sa.PrimaryKeyConstraint("halt_id", "account_id", name=op.f("pk_halt_accounts")),
    )
    op.create_index(
        "ix_halt_accounts_due",
        "halt_accounts",
        ["shard", "due_at"],
        postgresql_where=sa.text("state in ('waiting', 'running')"),
    )
    op.execute("GRANT SELECT ON halt_accounts TO patriot_auditor")
    op.execute("GRANT SELECT, INSERT, UPDATE ON halt_accounts TO patriot_web, patriot_daemon")
    op.execute("ALTER TABLE halt_accounts ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON halt_accounts FOR ALL TO patriot_web USING ({MAY}) WITH CHECK ({MAY})"
    )
    op.execute(
        "CREATE POLICY others ON halt_accounts FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_table("halt_accounts")
    op.drop_constraint(op.f("ck_halts_two_people"), "halts")
    op.drop_constraint(op.f("ck_halts_level"), "halts")
    for name in (
        "is_solo",
        "lowering_reason",
        "lowering_at",
        "lowering_by",
        "lowering_to",
        "level",
    ):
        op.drop_column("halts", name)
