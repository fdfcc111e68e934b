"""Close the months.

Why: a fee is computed, drafted, finalised, paid and taken back, and the books must show each step.
Forward: fee periods keep when they were computed and finalised, and a finalised one does not change;
an invoice is there from its number on, and its amount does not change; gapless number series,
payments, credit notes, and a journal whose entries add up to zero at every commit.
Back: drops them.

Revision: 0043
Follows: 0042
"""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
CENTS = sa.Numeric(18, 2)
STATUSES = "'open', 'suspect_incomplete', 'empty', 'draft', 'finalised'"
ENTRIES = "'accrual', 'invoice', 'payment', 'credit_note', 'write_off'"
BOOKS = "'accrued_fees', 'receivable', 'payments', 'fee_revenue', 'write_offs'"
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN_INVOICES = (
    "invoice_id IN (SELECT i.id FROM invoices AS i JOIN mandates AS m ON m.id = i.mandate_id"
    " WHERE m.client_id = (SELECT app_user_id()))"
)
POLICIES = {
    "payments": f"{STAFF} OR {OWN_INVOICES}",
    "credit_notes": f"{STAFF} OR {OWN_INVOICES}",
    "journal_entries": STAFF,
    "journal_lines": STAFF,
    "number_series": STAFF,
}

FEE_KINDS = "'finalise_months', 'credit_invoice', 'write_off_invoice'"

FIXED = """
CREATE FUNCTION refuse_other_figures() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% % is final', TG_TABLE_NAME, OLD.id USING ERRCODE = 'check_violation';
END $$;
CREATE TRIGGER final_figures BEFORE UPDATE ON fee_periods FOR EACH ROW
    WHEN (OLD.status IN ('finalised', 'empty') AND (
          NEW.status NOT IN (OLD.status, 'voided')
          OR (NEW.mandate_id, NEW.starts_at, NEW.ends_at, NEW.net_profit,
              NEW.high_water_mark_before, NEW.base, NEW.rate, NEW.fee, NEW.high_water_mark_after,
              NEW.loss_forgiven, NEW.evidence, NEW.is_billable)
             IS DISTINCT FROM
             (OLD.mandate_id, OLD.starts_at, OLD.ends_at, OLD.net_profit,
              OLD.high_water_mark_before, OLD.base, OLD.rate, OLD.fee, OLD.high_water_mark_after,
              OLD.loss_forgiven, OLD.evidence, OLD.is_billable)))
    EXECUTE FUNCTION refuse_other_figures();
CREATE TRIGGER final_figures BEFORE UPDATE ON invoices FOR EACH ROW
    WHEN ((NEW.mandate_id, NEW.fee_period_id, NEW.number, NEW.currency, NEW.amount,
           NEW.finalised_at, NEW.due_at)
          IS DISTINCT FROM
          (OLD.mandate_id, OLD.fee_period_id, OLD.number, OLD.currency, OLD.amount,
           OLD.finalised_at, OLD.due_at))
    EXECUTE FUNCTION refuse_other_figures();
CREATE FUNCTION refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT coalesce(sum(amount), 0) <> 0 OR count(*) < 2 FROM journal_lines
         WHERE entry_id = NEW.entry_id) THEN
        RAISE EXCEPTION 'journal entry % does not balance', NEW.entry_id
              USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER balanced AFTER INSERT ON journal_lines
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse_unbalanced()
"""
APPEND_ONLY = ("payments", "credit_notes", "journal_entries", "journal_lines")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _widen_periods()
    _narrow_invoices()
    _create_books()
    op.execute(FIXED)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    _grant()
    _allow_proposals(added=f", {FEE_KINDS}")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"DELETE FROM proposals WHERE kind IN ({FEE_KINDS})")
    _allow_proposals(added="")
    op.execute("DROP TRIGGER final_figures ON invoices")
    op.execute("DROP TRIGGER final_figures ON fee_periods")
    for table in ("journal_lines", "journal_entries", "credit_notes", "payments", "number_series"):
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_unbalanced(); DROP FUNCTION refuse_other_figures()")
    op.execute("REVOKE INSERT ON invoices FROM patriot_web")
    op.execute(
        "REVOKE UPDATE (status, status_reason, finalised_at) ON fee_periods FROM patriot_web"
    )
    op.execute("GRANT INSERT ON invoices TO patriot_daemon")
    op.execute("GRANT UPDATE (amount) ON invoices TO patriot_daemon")
    op.execute("GRANT UPDATE (number, finalised_at, due_at) ON invoices TO patriot_web")
    op.drop_index("uq_invoices_fee_period_id_standing", table_name="invoices")
    op.create_unique_constraint(op.f("uq_invoices_fee_period_id"), "invoices", ["fee_period_id"])
    op.drop_column("invoices", "credited")
    for column in ("number", "finalised_at", "due_at"):
        op.alter_column("invoices", column, nullable=True)
    op.drop_constraint(op.f("ck_invoices_status"), "invoices")
    op.create_check_constraint(
        op.f("ck_invoices_status"),
        "invoices",
        "status IN ('draft', 'open', 'paid', 'void', 'uncollectible')",
    )
    op.create_check_constraint(
        op.f("ck_invoices_number"), "invoices", "(status = 'draft') = (number is null)"
    )
    op.drop_index("ix_fee_periods_ends_at", table_name="fee_periods")
    for column in ("finalised_at", "computed_at", "is_billable", "loss_forgiven"):
        op.drop_column("fee_periods", column)
    op.drop_constraint(op.f("ck_fee_periods_status"), "fee_periods")
    op.create_check_constraint(
        op.f("ck_fee_periods_status"), "fee_periods", f"status IN ({STATUSES})"
    )


def _allow_proposals(*, added: str) -> None:
    known = (
        "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
        " 'close_everything', 'reset_second_factor'"
    )
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({known}{added})")


def _widen_periods() -> None:
    op.drop_constraint(op.f("ck_fee_periods_status"), "fee_periods")
    op.create_check_constraint(
        op.f("ck_fee_periods_status"), "fee_periods", f"status IN ({STATUSES}, 'voided')"
    )
    op.add_column(
        "fee_periods",
        sa.Column("loss_forgiven", sa.Numeric(38, 18), nullable=False, server_default="0"),
    )
    op.add_column(
        "fee_periods",
        sa.Column("is_billable", sa.Boolean(), nullable=False, server_default=sa.text("false")),
    )
    op.add_column("fee_periods", sa.Column("computed_at", AT))
    op.add_column("fee_periods", sa.Column("finalised_at", AT))
    op.create_index("ix_fee_periods_ends_at", "fee_periods", ["ends_at"])


def _narrow_invoices() -> None:
    op.drop_constraint(op.f("ck_invoices_number"), "invoices")
    op.drop_constraint(op.f("ck_invoices_status"), "invoices")
    op.create_check_constraint(
        op.f("ck_invoices_status"),
        "invoices",
        "status IN ('open', 'paid', 'void', 'uncollectible')",
    )
    for column in ("number", "finalised_at", "due_at"):
        op.alter_column("invoices", column, nullable=False)
    op.add_column(
        "invoices", sa.Column("credited", CENTS, nullable=False, server_default=sa.text("0"))
    )
    op.create_check_constraint(
        op.f("ck_invoices_credited"), "invoices", "credited >= 0 AND credited <= amount"
    )
    op.drop_constraint(op.f("uq_invoices_fee_period_id"), "invoices")
    op.create_index(
        "uq_invoices_fee_period_id_standing",
        "invoices",
        ["fee_period_id"],
        unique=True,
        postgresql_where=sa.text("status <> 'void'"),
    )


def _create_books() -> None:
    op.create_table(
        "number_series",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_number_series")),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("amount", CENTS, nullable=False),
        sa.Column("reference", sa.String(120), nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("recorded_by", sa.String(120), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("amount > 0", name=op.f("ck_payments_amount")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_payments_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint(
            "invoice_id", "reference", name=op.f("uq_payments_invoice_id_reference")
        ),
    )
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(32), nullable=False),
        sa.Column("amount", CENTS, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("issued_by", sa.String(120), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("amount > 0", name=op.f("ck_credit_notes_amount")),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_credit_notes_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_credit_notes")),
        sa.UniqueConstraint("number", name=op.f("uq_credit_notes_number")),
    )
    op.create_index("ix_credit_notes_invoice_id", "credit_notes", ["invoice_id"])
    op.create_table(
        "journal_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("fee_period_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid()),
        sa.Column("currency", sa.String(12), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint(f"kind IN ({ENTRIES})", name=op.f("ck_journal_entries_kind")),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_journal_entries_mandate_id")
        ),
        sa.ForeignKeyConstraint(
            ["fee_period_id"], ["fee_periods.id"], name=op.f("fk_journal_entries_fee_period_id")
        ),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_journal_entries_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_journal_entries")),
    )
    for column in ("mandate_id", "fee_period_id", "invoice_id"):
        op.create_index(f"ix_journal_entries_{column}", "journal_entries", [column])
    op.create_table(
        "journal_lines",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("account", sa.String(32), nullable=False),
        sa.Column("amount", CENTS, nullable=False),
        sa.CheckConstraint("amount <> 0", name=op.f("ck_journal_lines_amount")),
        sa.CheckConstraint(f"account IN ({BOOKS})", name=op.f("ck_journal_lines_account")),
        sa.ForeignKeyConstraint(
            ["entry_id"], ["journal_entries.id"], name=op.f("fk_journal_lines_entry_id")
        ),
        sa.PrimaryKeyConstraint("entry_id", "account", name=op.f("pk_journal_lines")),
    )


def _grant() -> None:
    tables = ", ".join(POLICIES)
    op.execute(f"GRANT SELECT ON {tables} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute(
        "GRANT INSERT ON payments, credit_notes, journal_entries, journal_lines TO patriot_web"
    )
    op.execute("GRANT INSERT, UPDATE ON number_series TO patriot_web")
    op.execute("GRANT INSERT ON journal_entries, journal_lines TO patriot_daemon")
    op.execute("GRANT INSERT ON invoices TO patriot_web")
    op.execute("GRANT UPDATE (credited) ON invoices TO patriot_web")
    op.execute("REVOKE UPDATE (number, finalised_at, due_at) ON invoices FROM patriot_web")
    op.execute("REVOKE INSERT ON invoices FROM patriot_daemon")
    op.execute("REVOKE UPDATE (amount) ON invoices FROM patriot_daemon")
    op.execute("GRANT UPDATE (status, status_reason, finalised_at) ON fee_periods TO patriot_web")
    for table, may in POLICIES.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({may}) WITH CHECK ({may})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
