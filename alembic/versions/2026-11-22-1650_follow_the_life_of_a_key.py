"""Follow the life of a key.

Why: a key waits for an exchange that is down, is checked again and again, warned about, taken out of
use and replaced; people must see all of it. A locked-down account waits for an investigation.
Forward: states waiting and replaced; what was found, tries and reminders on credentials; the history
of checks; lockdowns with their notes.
Back: drops them; replaced keys become revoked, waiting ones submitted.

Revision: 0028
Follows: 0027
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
BEFORE = "'submitted', 'verified', 'rejected', 'quarantined', 'revoked'"
STATES = f"{BEFORE}, 'waiting', 'replaced'"
READ_BY_ALL = "findings, next_try_at, tries, last_error, denials, reminded_days, renewal_asked_at"
STAFF = "(SELECT app_fence()) <> 'closed'"
OWN = "account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = (SELECT app_user_id()))"

DESTROY = """
CREATE OR REPLACE FUNCTION destroy_credential(credential uuid) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    UPDATE credentials SET api_key_data_key = NULL, api_key_nonce = NULL,
           api_key_ciphertext = NULL, api_secret_data_key = NULL, api_secret_nonce = NULL,
           api_secret_ciphertext = NULL
     WHERE id = credential AND status IN ({states})
$$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _widen_credentials()
    _keep_checks()
    _keep_lockdowns()
    _guard()


def _widen_credentials() -> None:
    op.drop_constraint(op.f("ck_credentials_status"), "credentials", type_="check")
    op.create_check_constraint(
        op.f("ck_credentials_status"), "credentials", f"status IN ({STATES})"
    )
    for column in (
        sa.Column("findings", postgresql.JSONB()),
        sa.Column("next_try_at", AT),
        sa.Column("tries", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("last_error", sa.String(), nullable=False, server_default=""),
        sa.Column("denials", sa.SmallInteger(), nullable=False, server_default="0"),
        sa.Column("reminded_days", sa.SmallInteger()),
        sa.Column("renewal_asked_at", AT),
    ):
        op.add_column("credentials", column)
    op.execute(DESTROY.format(states="'rejected', 'revoked', 'replaced'"))
    op.execute(f"GRANT SELECT ({READ_BY_ALL}) ON credentials TO patriot_web, patriot_auditor")
    op.execute(f"GRANT UPDATE ({READ_BY_ALL}) ON credentials TO patriot_daemon")


def _keep_checks() -> None:
    op.create_table(
        "key_checks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(32), nullable=False),
        sa.Column("findings", postgresql.JSONB(), nullable=False),
        sa.Column("first_at", AT, nullable=False),
        sa.Column("last_at", AT, nullable=False),
        sa.Column("times", sa.Integer(), nullable=False, server_default="1"),
        sa.CheckConstraint(
            "outcome IN ('accepted', 'warned', 'rejected', 'locked', 'quarantined', 'postponed',"
            " 'denied')",
            name=op.f("ck_key_checks_outcome"),
        ),
        sa.ForeignKeyConstraint(
            ["credential_id"], ["credentials.id"], name=op.f("fk_key_checks_credential_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_key_checks_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_checks")),
    )
    op.create_index("ix_key_checks_account_last", "key_checks", ["account_id", "last_at"])
    op.create_index("ix_key_checks_credential_last", "key_checks", ["credential_id", "last_at"])


def _keep_lockdowns() -> None:
    op.create_table(
        "lockdowns",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(32), nullable=False),
        sa.Column("facts", sa.String(), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("opened_at", AT, nullable=False),
        sa.Column("closed_at", AT),
        sa.Column("closed_by", sa.Uuid()),
        sa.Column("resolution", sa.String(), nullable=False, server_default=""),
        sa.CheckConstraint(
            "rule IN ('rights_grew', 'binding_changed', 'account_changed', 'settings_changed',"
            " 'foreign_trading', 'money_left')",
            name=op.f("ck_lockdowns_rule"),
        ),
        sa.CheckConstraint(
            "state IN ('open', 'restored', 'terminated')", name=op.f("ck_lockdowns_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_lockdowns_account_id")
        ),
        sa.ForeignKeyConstraint(["closed_by"], ["users.id"], name=op.f("fk_lockdowns_closed_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lockdowns")),
    )
    op.create_index(
        "uq_lockdowns_open",
        "lockdowns",
        ["account_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index("ix_lockdowns_account_opened", "lockdowns", ["account_id", "opened_at"])
    op.create_table(
        "lockdown_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("lockdown_id", sa.Uuid(), nullable=False),
        sa.Column("written_by", sa.Uuid()),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("created_at", AT, nullable=False, server_default=sa.func.now()),
        sa.ForeignKeyConstraint(
            ["lockdown_id"], ["lockdowns.id"], name=op.f("fk_lockdown_notes_lockdown_id")
        ),
        sa.ForeignKeyConstraint(
            ["written_by"], ["users.id"], name=op.f("fk_lockdown_notes_written_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lockdown_notes")),
    )
    op.create_index(op.f("ix_lockdown_notes_lockdown_id"), "lockdown_notes", ["lockdown_id"])


def _guard() -> None:
    tables = ("key_checks", "lockdowns", "lockdown_notes")
    everyone = "patriot_web, patriot_daemon, patriot_auditor"
    op.execute(f"GRANT SELECT ON {', '.join(tables)} TO {everyone}")
    op.execute("GRANT INSERT, UPDATE ON key_checks TO patriot_daemon")
    op.execute("GRANT INSERT ON lockdowns TO patriot_daemon")
    op.execute("GRANT UPDATE (state, closed_at, closed_by, resolution) ON lockdowns TO patriot_web")
    op.execute("GRANT INSERT ON lockdown_notes TO patriot_web")
    for table, seen in (
        ("key_checks", f"{STAFF} OR {OWN}"),
        ("lockdowns", f"{STAFF} OR {OWN}"),
        ("lockdown_notes", STAFF),
    ):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(
            f"CREATE POLICY web ON {table} FOR ALL TO patriot_web USING ({seen}) WITH CHECK ({seen})"
        )
        op.execute(
            f"CREATE POLICY others ON {table} FOR ALL TO patriot_daemon, patriot_auditor"
            " USING (true) WITH CHECK (true)"
        )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    for table in ("lockdown_notes", "lockdowns", "key_checks"):
        op.drop_table(table)
    op.execute("UPDATE credentials SET status = 'revoked' WHERE status = 'replaced'")
    op.execute("UPDATE credentials SET status = 'submitted' WHERE status = 'waiting'")
    op.execute(DESTROY.format(states="'rejected', 'revoked'"))
    op.drop_constraint(op.f("ck_credentials_status"), "credentials", type_="check")
    op.create_check_constraint(
        op.f("ck_credentials_status"), "credentials", f"status IN ({BEFORE})"
    )
    for column in READ_BY_ALL.split(", "):
        op.drop_column("credentials", column)
