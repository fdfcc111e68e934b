"""Close exchanges for maintenance.

Why: while an exchange is under maintenance nothing may be sent there, and before it nothing opened.
Forward: maintenance_windows, entered by operators or heard from the exchanges; incidents of them.
Back: drops both.

Revision: 0040
Follows: 0039
"""

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
NO = sa.text("false")
TABLE = "maintenance_windows"
BY_OPERATORS = "starts_at, ends_at, no_entries_from, reason, state, is_dismissed, ended_by"
INCIDENTS = "'halt', 'cold_mode', 'unprotected', 'parked', 'not_trading', 'key_lost'"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        TABLE,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("exchange", sa.String(32), nullable=False),
        sa.Column("mode", sa.String(16), nullable=False, server_default=""),
        sa.Column("source", sa.String(32), nullable=False),
        sa.Column("notice_key", sa.String(80), nullable=False, server_default=""),
        sa.Column("starts_at", AT, nullable=False),
        sa.Column("ends_at", AT),
        sa.Column("no_entries_from", AT, nullable=False),
        sa.Column("reason", sa.String(300), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("is_reported", sa.Boolean(), nullable=False, server_default=NO),
        sa.Column("is_expected", sa.Boolean(), nullable=False, server_default=sa.text("true")),
        sa.Column("is_dismissed", sa.Boolean(), nullable=False, server_default=NO),
        sa.Column("overran_at", AT),
        sa.Column("over_at", AT),
        sa.Column("entered_by", sa.Uuid()),
        sa.Column("ended_by", sa.Uuid()),
        sa.Column("created_at", AT, nullable=False, server_default=sa.text("now()")),
        _check("exchange", "exchange IN ('binance', 'bybit')"),
        _check("source", "source IN ('exchange', 'operator')"),
        _check("state", "state IN ('planned', 'running', 'over', 'withdrawn')"),
        _check("times", "ends_at is null or ends_at >= starts_at"),
        _check("no_entries_from", "no_entries_from <= starts_at"),
        _check("notice_key", "(source = 'exchange') = (notice_key <> '')"),
        _check("over_at", "(state = 'over') = (over_at is not null)"),
        *(
            sa.ForeignKeyConstraint([column], ["users.id"], name=op.f(f"fk_{TABLE}_{column}"))
            for column in ("entered_by", "ended_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(
        f"uq_{TABLE}_notice",
        TABLE,
        ["exchange", "mode", "notice_key"],
        unique=True,
        postgresql_where=sa.text("source = 'exchange'"),
    )
    op.create_index(
        f"ix_{TABLE}_live",
        TABLE,
        ["exchange"],
        postgresql_where=sa.text("state in ('planned', 'running')"),
    )
    op.execute(f"GRANT SELECT ON {TABLE} TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute(f"GRANT INSERT, UPDATE ({BY_OPERATORS}) ON {TABLE} TO patriot_web")
    op.execute(f"GRANT INSERT, UPDATE ON {TABLE} TO patriot_daemon")
    staff = "(SELECT app_fence()) <> 'closed'"
    op.execute(f"ALTER TABLE {TABLE} ENABLE ROW LEVEL SECURITY")
    # Customers are told as well: their banner says that their stops stay.
    op.execute(f"CREATE POLICY reading ON {TABLE} FOR SELECT TO patriot_web USING (true)")
    op.execute(
        f"CREATE POLICY web ON {TABLE} FOR ALL TO patriot_web USING ({staff}) WITH CHECK ({staff})"
    )
    op.execute(
        f"CREATE POLICY others ON {TABLE} FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )
    _allow(f"{INCIDENTS}, 'maintenance'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(
        "DELETE FROM incident_pages WHERE incident_id IN"
        " (SELECT id FROM incidents WHERE kind = 'maintenance')"
    )
    op.execute("DELETE FROM incidents WHERE kind = 'maintenance'")
    _allow(INCIDENTS)
    op.drop_table(TABLE)


def _check(name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{TABLE}_{name}"))


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_incidents_kind"), "incidents", type_="check")
    op.create_check_constraint(op.f("ck_incidents_kind"), "incidents", f"kind IN ({kinds})")
