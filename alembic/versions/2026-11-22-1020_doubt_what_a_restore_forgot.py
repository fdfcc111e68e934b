"""Doubt what a restore forgot.

Why: a database that lost its last commits may hold as unsent what was sent: then every order is
looked up by its id before it leaves. An order that ended without a trade is forgotten by its
exchange after a while: that is neither its absence nor a licence to send it again.
Forward: cold_modes; when an attempt was looked up and an account was proved; the attempt state
expired_unseen; a settled signal follows it too.
Back: drops them; what expired unseen becomes absent.

Revision: 0014
Follows: 0013
"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

AT = sa.TIMESTAMP(timezone=True)
STATES = (
    "created",
    "sending",
    "void",
    "unknown",
    "open",
    "partially_filled",
    "filled",
    "canceled",
    "expired",
    "rejected",
    "absent",
    "quarantined",
    "late_filled",
)
UNSEEN = "expired_unseen"
ENDED = "'filled', 'canceled', 'expired', 'rejected', 'void', 'absent', 'late_filled'"
WATCH_REPORTS = """
CREATE TRIGGER unsettle_signal AFTER UPDATE ON attempts FOR EACH ROW
WHEN (coalesce(OLD.resolved_at, '-infinity') < now() - interval '1 minute'
      AND OLD.state IN ({ended})
      AND (OLD.state, OLD.filled_quantity, OLD.average_price, OLD.acknowledged_at)
          IS DISTINCT FROM (NEW.state, NEW.filled_quantity, NEW.average_price, NEW.acknowledged_at))
EXECUTE FUNCTION unsettle_signal()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "cold_modes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("entered_at", AT, nullable=False, server_default=sa.func.clock_timestamp()),
        sa.Column("left_at", AT),
        sa.Column("left_by", sa.Uuid()),
        sa.Column("left_reason", sa.String(), nullable=False, server_default=""),
        sa.ForeignKeyConstraint(["left_by"], ["users.id"], name=op.f("fk_cold_modes_left_by")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cold_modes")),
    )
    op.create_index(
        "uq_cold_modes_active",
        "cold_modes",
        [sa.text("(left_at IS NULL)")],
        unique=True,
        postgresql_where=sa.text("left_at IS NULL"),
    )
    op.execute("GRANT SELECT ON cold_modes TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT ON cold_modes TO patriot_daemon")
    op.execute("GRANT UPDATE (left_at, left_by, left_reason) ON cold_modes TO patriot_web")
    op.execute("GRANT UPDATE ON cold_modes TO patriot_daemon")
    op.execute("ALTER TABLE cold_modes ENABLE ROW LEVEL SECURITY")
    staff = "(SELECT app_fence()) <> 'closed'"
    op.execute(
        f"CREATE POLICY web ON cold_modes FOR ALL TO patriot_web USING ({staff}) WITH CHECK ({staff})"
    )
    op.execute(
        "CREATE POLICY others ON cold_modes FOR ALL TO patriot_daemon, patriot_auditor"
        " USING (true) WITH CHECK (true)"
    )
    op.add_column("attempts", sa.Column("looked_up_at", AT))
    op.add_column("account_states", sa.Column("proved_at", AT))
    _allow((*STATES, UNSEEN), f"{ENDED}, '{UNSEEN}'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(f"UPDATE attempts SET state = 'absent' WHERE state = '{UNSEEN}'")
    _allow(STATES, ENDED)
    op.drop_column("account_states", "proved_at")
    op.drop_column("attempts", "looked_up_at")
    op.drop_table("cold_modes")


def _allow(states: tuple[str, ...], ended: str) -> None:
    op.drop_constraint(op.f("ck_attempts_state"), "attempts")
    listed = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(op.f("ck_attempts_state"), "attempts", f"state IN ({listed})")
    op.execute("DROP TRIGGER unsettle_signal ON attempts")
    op.execute(WATCH_REPORTS.format(ended=ended))
