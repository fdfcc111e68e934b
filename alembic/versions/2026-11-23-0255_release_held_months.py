"""Release held months.

Why: a key that is gone over the end of a month leaves no valuation there, and the month would be
held for good; and a statement must name who issued it, also where it has no invoice.
Forward: values of accounts at moments without a snapshot, written once; proposals may be about such
a value, or about an account that leaves a mandate; a month keeps who issued its statement.
Back: drops them.

Revision: 0063
Follows: 0062
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
KNOWN = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything', 'reset_second_factor', 'finalise_months', 'credit_invoice',"
    " 'write_off_invoice', 'suspend_administrator', 'reactivate_administrator',"
    " 'sign_mandate', 'change_terms', 'reset_mark', 'end_mandate', 'confirm_address'"
)
ADDED = "'value_account', 'leave_mandate'"
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"
MAY = f"(SELECT app_fence()) <> 'closed' OR {OWN}"
STAFF = "(SELECT app_fence()) <> 'closed'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "account_valuations",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("moment", AT, nullable=False),
        sa.Column("unrealised_pnl", sa.Numeric(38, 18), nullable=False),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("evidence", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(
            "source IN ('trades', 'person')", name=op.f("ck_account_valuations_source")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_valuations_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_valuations")),
        sa.UniqueConstraint(
            "account_id", "moment", name=op.f("uq_account_valuations_account_id_moment")
        ),
    )
    op.execute("GRANT SELECT ON account_valuations TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT ON account_valuations TO patriot_web, patriot_daemon")
    op.execute("ALTER TABLE account_valuations ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON account_valuations FOR ALL TO patriot_web"
        f" USING ({MAY}) WITH CHECK ({STAFF})"
    )
    op.execute(
        "CREATE POLICY others ON account_valuations FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON account_valuations"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.add_column("fee_periods", sa.Column("issuer", JSONB()))
    op.execute("GRANT UPDATE (issuer) ON fee_periods TO patriot_web")
    op.execute(
        "CREATE TRIGGER final_issuer BEFORE UPDATE ON fee_periods FOR EACH ROW"
        " WHEN (OLD.status IN ('finalised', 'empty') AND NEW.status = OLD.status"
        " AND NEW.issuer IS DISTINCT FROM OLD.issuer) EXECUTE FUNCTION refuse_other_figures()"
    )
    _allow(f"{KNOWN}, {ADDED}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM proposals WHERE kind IN ({ADDED})")
    _allow(KNOWN)
    op.execute("DROP TRIGGER final_issuer ON fee_periods")
    op.drop_column("fee_periods", "issuer")
    op.drop_table("account_valuations")


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({kinds})")
