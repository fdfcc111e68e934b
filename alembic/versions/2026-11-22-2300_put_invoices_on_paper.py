"""Put invoices on paper, send them and ask for what is overdue.

Why: an invoice must print the same for ever, so it keeps what is on it; and a client is told of it.
Forward: the desk's invoicing details; what is printed on an invoice, frozen like its figures; when it
was sent, when its client was reminded or suspended; when a month without a fee was told.
Back: drops them.

Revision: 0048
Follows: 0047
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN_INVOICES = (
    "invoice_id IN (SELECT i.id FROM invoices AS i JOIN mandates AS m ON m.id = i.mandate_id"
    " WHERE m.client_id = (SELECT app_user_id()))"
)
FIGURES = (
    "mandate_id",
    "fee_period_id",
    "number",
    "currency",
    "amount",
    "finalised_at",
    "due_at",
)
FILL = """
UPDATE invoices AS i SET document = jsonb_build_object(
       'issuer', jsonb_build_object('name', '', 'address', '', 'tax_id', '',
                                    'payment_instructions', ''),
       'recipient', jsonb_build_object('name', u.name),
       'mandate', m.name, 'time_zone', m.time_zone,
       'starts_at', p.starts_at, 'ends_at', p.ends_at,
       'net_profit', trim_scale(p.net_profit)::text,
       'high_water_mark_before', trim_scale(p.high_water_mark_before)::text,
       'base', trim_scale(p.base)::text, 'rate', trim_scale(p.rate)::text,
       'fee', trim_scale(p.fee)::text,
       'high_water_mark_after', trim_scale(p.high_water_mark_after)::text)
  FROM fee_periods AS p JOIN mandates AS m ON m.id = p.mandate_id JOIN users AS u ON u.id = m.client_id
 WHERE p.id = i.fee_period_id
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "invoicing_settings",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("issuer_name", sa.String(120), nullable=False),
        sa.Column("issuer_address", sa.String(), nullable=False),
        sa.Column("tax_id", sa.String(120), nullable=False),
        sa.Column("payment_instructions", sa.String(), nullable=False),
        sa.Column("payment_term_days", sa.Integer(), nullable=False),
        sa.Column("is_sent_at_once", sa.Boolean(), nullable=False),
        sa.Column("reminder_days", ARRAY(sa.Integer()), nullable=False),
        sa.Column("suspend_after_days", sa.Integer()),
        sa.Column("changed_at", AT, nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_invoicing_settings_one_row")),
        sa.CheckConstraint(
            "payment_term_days BETWEEN 0 AND 365",
            name=op.f("ck_invoicing_settings_payment_term_days"),
        ),
        sa.CheckConstraint(
            "suspend_after_days > 0", name=op.f("ck_invoicing_settings_suspend_after_days")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoicing_settings")),
    )
    op.create_table(
        "invoice_reminders",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["invoice_id"], ["invoices.id"], name=op.f("fk_invoice_reminders_invoice_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_invoice_reminders")),
        sa.UniqueConstraint(
            "invoice_id", "days", name=op.f("uq_invoice_reminders_invoice_id_days")
        ),
    )
    op.add_column(
        "invoices", sa.Column("document", JSONB(), nullable=False, server_default=sa.text("'{}'"))
    )
    op.add_column("invoices", sa.Column("sent_at", AT))
    op.add_column("invoices", sa.Column("suspended_at", AT))
    op.add_column("fee_periods", sa.Column("told_at", AT))
    op.execute(FILL)
    _freeze((*FIGURES, "document"))
    _grant()


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _freeze(FIGURES)
    op.drop_column("fee_periods", "told_at")
    for column in ("suspended_at", "sent_at", "document"):
        op.drop_column("invoices", column)
    op.drop_table("invoice_reminders")
    op.drop_table("invoicing_settings")


def _freeze(columns: tuple[str, ...]) -> None:
    new, old = (", ".join(f"{row}.{name}" for name in columns) for row in ("NEW", "OLD"))
    op.execute("DROP TRIGGER final_figures ON invoices")
    op.execute(
        "CREATE TRIGGER final_figures BEFORE UPDATE ON invoices FOR EACH ROW"
        f" WHEN (({new}) IS DISTINCT FROM ({old})) EXECUTE FUNCTION refuse_other_figures()"
    )


def _grant() -> None:
    op.execute(
        "GRANT SELECT ON invoicing_settings, invoice_reminders"
        " TO patriot_web, patriot_daemon, patriot_auditor"
    )
    op.execute("GRANT INSERT, UPDATE ON invoicing_settings TO patriot_web")
    op.execute("GRANT INSERT ON invoice_reminders TO patriot_daemon")
    op.execute("GRANT UPDATE (sent_at) ON invoices TO patriot_web")
    op.execute("GRANT UPDATE (suspended_at) ON invoices TO patriot_daemon")
    op.execute(
        "GRANT UPDATE (status, status_reason, suspended_with_client) ON accounts TO patriot_daemon"
    )
    op.execute("GRANT UPDATE (told_at) ON fee_periods TO patriot_daemon")
    for table in ("invoicing_settings", "invoice_reminders"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )
    # Who bills stands on every client's paper.
    op.execute(
        "CREATE POLICY web_read ON invoicing_settings FOR SELECT TO patriot_web USING (true)"
    )
    op.execute(
        f"CREATE POLICY web ON invoicing_settings FOR ALL TO patriot_web"
        f" USING ({STAFF}) WITH CHECK ({STAFF})"
    )
    may = f"{STAFF} OR {OWN_INVOICES}"
    op.execute(f"CREATE POLICY web ON invoice_reminders FOR SELECT TO patriot_web USING ({may})")
    op.execute(
        "CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON invoice_reminders"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
