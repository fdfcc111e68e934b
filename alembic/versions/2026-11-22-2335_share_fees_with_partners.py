"""Share fees with partners.

Why: whoever referred a client may get a part of the fees that came in; the books must show it.
Forward: partners, their shares of mandates by months, what each was credited by invoice; two accounts
and a kind of entry in the journal.
Back: drops them with what was booked on them.

Revision: 0052
Follows: 0051
"""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
ENTRIES = "'accrual', 'invoice', 'payment', 'credit_note', 'write_off'"
BOOKS = "'accrued_fees', 'receivable', 'payments', 'fee_revenue', 'write_offs'"
TABLES = ("partners", "fee_shares", "share_credits")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _create()
    _allow(
        entries=f"{ENTRIES}, 'partner_share'",
        books=f"{BOOKS}, 'partner_shares', 'partners_payable'",
    )
    op.execute(
        "GRANT SELECT ON partners, fee_shares, share_credits"
        " TO patriot_web, patriot_daemon, patriot_auditor"
    )
    op.execute("GRANT INSERT ON partners, fee_shares, share_credits TO patriot_web")
    op.execute("GRANT UPDATE (last_month) ON fee_shares TO patriot_web")
    for table in TABLES:
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({STAFF}) WITH CHECK ({STAFF})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON share_credits"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
    op.execute("ALTER TABLE journal_lines DISABLE TRIGGER append_only")
    op.execute("ALTER TABLE journal_entries DISABLE TRIGGER append_only")
    op.execute("DELETE FROM journal_lines WHERE account IN ('partner_shares', 'partners_payable')")
    op.execute("DELETE FROM journal_entries WHERE kind = 'partner_share'")
    op.execute("ALTER TABLE journal_lines ENABLE TRIGGER append_only")
    op.execute("ALTER TABLE journal_entries ENABLE TRIGGER append_only")
    _allow(entries=ENTRIES, books=BOOKS)


def _create() -> None:
    op.create_table(
        "partners",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partners")),
        sa.UniqueConstraint("name", name=op.f("uq_partners_name")),
    )
    op.create_table(
        "fee_shares",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("partner_id", sa.Uuid(), nullable=False),
        sa.Column("rate", sa.Numeric(18, 12), nullable=False),
        sa.Column("first_month", sa.Date(), nullable=False),
        sa.Column("last_month", sa.Date()),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("rate > 0 AND rate <= 1", name=op.f("ck_fee_shares_rate")),
        sa.CheckConstraint("last_month >= first_month", name=op.f("ck_fee_shares_months")),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_fee_shares_mandate_id")
        ),
        sa.ForeignKeyConstraint(
            ["partner_id"], ["partners.id"], name=op.f("fk_fee_shares_partner_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fee_shares")),
    )
    op.create_index("ix_fee_shares_mandate_id", "fee_shares", ["mandate_id"])
    op.create_table(
        "share_credits",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("share_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", sa.Numeric(18, 2), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_share_credits_amount")),
        sa.ForeignKeyConstraint(
            ["share_id"], ["fee_shares.id"], name=op.f("fk_share_credits_share_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_share_credits_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_credits")),
    )
    op.create_index(
        "ix_share_credits_share_id_invoice_id", "share_credits", ["share_id", "invoice_id"]
    )


def _allow(*, entries: str, books: str) -> None:
    for table, column, allowed in (
        ("journal_entries", "kind", entries),
        ("journal_lines", "account", books),
    ):
        name = op.f(f"ck_{table}_{column}")
        op.drop_constraint(name, table)
        op.create_check_constraint(name, table, f"{column} IN ({allowed})")
