"""Amend the terms.

Why: all of what was agreed about a fee may be amended from the next period on, by two persons.
Forward: measure, withdrawal policy, least invoice and a hurdle stand beside the rate, with the
moment from which they hold; a table of marks that were set anew; proposals of all these acts.
Back: the newest terms of each mandate stand on the mandate again; marks set anew are dropped.
Refused while a proposal about terms is there.

Revision: 0047
Follows: 0046
"""

import sqlalchemy as sa
from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

AMOUNT = sa.Numeric(38, 18)
AT = sa.TIMESTAMP(timezone=True)
MEASURES = "measure IN ('prudent', 'total_equity', 'realised_only')"
POLICIES = "withdrawal_policy IN ('dollar', 'prorata')"
KNOWN = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything', 'reset_second_factor', 'finalise_months', 'credit_invoice',"
    " 'write_off_invoice', 'suspend_administrator', 'reactivate_administrator'"
)
ADDED = "'sign_mandate', 'change_terms', 'reset_mark', 'end_mandate'"
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN = "mandate_id IN (SELECT m.id FROM mandates AS m WHERE m.client_id = (SELECT app_user_id()))"
CHOSEN = ("measure", "withdrawal_policy", "invoice_minimum")


def upgrade() -> None:
    """Let everything that was agreed have a moment from which it holds."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("mandate_terms", sa.Column("measure", sa.String(32)))
    op.add_column("mandate_terms", sa.Column("withdrawal_policy", sa.String(32)))
    op.add_column("mandate_terms", sa.Column("hurdle", AMOUNT, nullable=False, server_default="0"))
    op.add_column("mandate_terms", sa.Column("invoice_minimum", AMOUNT))
    op.execute(
        "UPDATE mandate_terms AS t SET measure = m.measure,"
        " withdrawal_policy = m.withdrawal_policy, invoice_minimum = m.invoice_minimum"
        " FROM mandates AS m WHERE m.id = t.mandate_id"
    )
    for column in CHOSEN:
        op.alter_column("mandate_terms", column, nullable=False)
        op.drop_column("mandates", column)
    op.create_check_constraint(op.f("ck_mandate_terms_measure"), "mandate_terms", MEASURES)
    op.create_check_constraint(
        op.f("ck_mandate_terms_withdrawal_policy"), "mandate_terms", POLICIES
    )
    op.create_check_constraint(
        op.f("ck_mandate_terms_amounts"), "mandate_terms", "hurdle >= 0 and invoice_minimum >= 0"
    )
    _create_marks()
    _allow_proposals(f"{KNOWN}, {ADDED}")


def downgrade() -> None:
    """Let terms but the rate be the mandate's own."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow_proposals(KNOWN)
    op.drop_table("mandate_marks")
    op.add_column("mandates", sa.Column("measure", sa.String(32)))
    op.add_column("mandates", sa.Column("withdrawal_policy", sa.String(32)))
    op.add_column("mandates", sa.Column("invoice_minimum", AMOUNT))
    op.execute(
        "UPDATE mandates AS m SET measure = t.measure, withdrawal_policy = t.withdrawal_policy,"
        " invoice_minimum = t.invoice_minimum FROM (SELECT DISTINCT ON (mandate_id) * FROM"
        " mandate_terms ORDER BY mandate_id, valid_from DESC) AS t WHERE t.mandate_id = m.id"
    )
    for column in CHOSEN:
        op.alter_column("mandates", column, nullable=False)
    op.create_check_constraint(op.f("ck_mandates_measure"), "mandates", MEASURES)
    op.create_check_constraint(op.f("ck_mandates_withdrawal_policy"), "mandates", POLICIES)
    for column in (*CHOSEN, "hurdle"):
        op.drop_column("mandate_terms", column)


def _create_marks() -> None:
    op.create_table(
        "mandate_marks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("mandate_id", sa.Uuid(), nullable=False),
        sa.Column("mark", AMOUNT, nullable=False),
        sa.Column("valid_from", AT, nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("mark >= 0", name=op.f("ck_mandate_marks_mark")),
        sa.ForeignKeyConstraint(
            ["mandate_id"], ["mandates.id"], name=op.f("fk_mandate_marks_mandate_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mandate_marks")),
        sa.UniqueConstraint(
            "mandate_id", "valid_from", name=op.f("uq_mandate_marks_mandate_id_valid_from")
        ),
    )
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON mandate_marks"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
    op.execute("GRANT SELECT ON mandate_marks TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT ON mandate_marks TO patriot_web")
    op.execute("ALTER TABLE mandate_marks ENABLE ROW LEVEL SECURITY")
    may = f"{STAFF} OR {OWN}"
    op.execute(
        f"CREATE POLICY web ON mandate_marks FOR ALL TO patriot_web USING ({may})"
        f" WITH CHECK ({may})"
    )
    op.execute(
        "CREATE POLICY others ON mandate_marks FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )


def _allow_proposals(kinds: str) -> None:
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({kinds})")
