"""Know who recommended whom.

Why: customers bring others, and the desk wants to thank them by a share of a fee; who came through
whom must be known from the registration on and never change.
Forward: a customer's code, and who registered with whose.
Back: drops both.

Revision: 0068
Follows: 0067
"""

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
ME = "(SELECT app_user_id())"
STAFF = "(SELECT app_fence()) <> 'closed'"
VISITOR = "(SELECT app_scope()) = 'sign_in'"
TABLES = ("referral_codes", "referrals")


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "referral_codes",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["client_id"], ["users.id"], name=op.f("fk_referral_codes_client_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_referral_codes")),
        sa.UniqueConstraint("code", name=op.f("uq_referral_codes_code")),
    )
    op.create_table(
        "referrals",
        sa.Column("client_id", sa.Uuid(), nullable=False),
        sa.Column("referrer_id", sa.Uuid(), nullable=False),
        sa.Column("code", sa.String(16), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.CheckConstraint("client_id <> referrer_id", name=op.f("ck_referrals_of_another")),
        sa.ForeignKeyConstraint(["client_id"], ["users.id"], name=op.f("fk_referrals_client_id")),
        sa.ForeignKeyConstraint(
            ["referrer_id"], ["users.id"], name=op.f("fk_referrals_referrer_id")
        ),
        sa.PrimaryKeyConstraint("client_id", name=op.f("pk_referrals")),
    )
    op.create_index("ix_referrals_referrer_id", "referrals", ["referrer_id"])
    _guard()


def _guard() -> None:
    op.execute("GRANT SELECT, INSERT ON referral_codes, referrals TO patriot_web")
    op.execute("GRANT SELECT, INSERT ON referral_codes TO patriot_bot")
    op.execute("GRANT SELECT ON referrals TO patriot_bot")
    op.execute("GRANT SELECT ON referral_codes, referrals TO patriot_auditor")
    for table, sees, writes in (
        ("referral_codes", f"{STAFF} OR {VISITOR} OR client_id = {ME}", f"client_id = {ME}"),
        ("referrals", f"{STAFF} OR referrer_id = {ME}", VISITOR),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY people ON {table} FOR ALL TO patriot_web, patriot_bot"
            f" USING ({sees}) WITH CHECK ({writes})"
        )
        op.execute(f"CREATE POLICY others ON {table} FOR SELECT TO patriot_auditor USING (true)")
        op.execute(
            f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table}"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in reversed(TABLES):
        op.drop_table(table)
