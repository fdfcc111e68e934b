"""Plan the exits.

Why: a stop that follows the price, a part that is closed early and a stop at the entry are decided
by the desk; what was decided must be known after a crash, or it would be done twice.
Forward: exit_plans with grants and row security; when the withdrawal of an attached leg was asked
for.
Back: drops them.

Revision: 0017
Follows: 0016
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
PRICE = sa.Numeric(38, 18)
STATES = ("active", "overridden", "ended")
STEPS = ("waiting", "decided", "done", "skipped", "failed")
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
MAY = f"(SELECT app_fence()) <> 'closed' OR {OWN}"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "exit_plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("symbol", sa.String(32), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("rules", JSONB(), nullable=False),
        sa.Column("state", _checked("state", STATES), nullable=False),
        sa.Column("first_stop", PRICE, nullable=False),
        sa.Column("best_price", PRICE, nullable=False),
        sa.Column("trailing_since", AT),
        sa.Column("break_even_at", AT),
        sa.Column("stop_moves", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("partial", _checked("partial", STEPS), nullable=False),
        sa.Column("partial_tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("partial_intent_id", sa.Uuid()),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.Column("updated_at", AT, nullable=False, server_default=sa.func.now()),
        sa.Column("ended_at", AT),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_exit_plans_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["strategy_versions.id"], name=op.f("fk_exit_plans_version_id")
        ),
        sa.ForeignKeyConstraint(
            ["partial_intent_id"], ["intents.id"], name=op.f("fk_exit_plans_partial_intent_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_exit_plans")),
    )
    op.create_index(
        "uq_exit_plans_position",
        "exit_plans",
        ["account_id", "symbol"],
        unique=True,
        postgresql_where=sa.text("ended_at is null"),
    )
    op.create_index("ix_exit_plans_account", "exit_plans", ["account_id", "created_at"])
    op.add_column("protection_legs", sa.Column("cancel_requested_at", AT))
    op.execute("GRANT SELECT ON exit_plans TO patriot_web, patriot_auditor")
    op.execute("GRANT SELECT, INSERT, UPDATE ON exit_plans TO patriot_daemon")
    op.execute("ALTER TABLE exit_plans ENABLE ROW LEVEL SECURITY")
    op.execute(
        f"CREATE POLICY web ON exit_plans FOR ALL TO patriot_web USING ({MAY}) WITH CHECK ({MAY})"
    )
    op.execute(
        "CREATE POLICY others ON exit_plans FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.drop_column("protection_legs", "cancel_requested_at")
    op.drop_table("exit_plans")


def _checked(name: str, values: tuple[str, ...]) -> sa.Enum:
    return sa.Enum(*values, name=name, native_enum=False, create_constraint=True, length=32)
