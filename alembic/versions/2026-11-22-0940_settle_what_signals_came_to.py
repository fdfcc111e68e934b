"""Keep what a signal came to, once nothing of it moves any more.

Why: the page of signals counted the orders of a thousand accounts for each line, each time.
Forward: signal_outcomes, one row per settled signal; a trigger takes the row away when an order of
it moves after all (a late fill), so that it can never disagree with the orders.
Back: drops both.

Revision: 0010
Follows: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

COUNTS = ("accounts", "filled", "partial", "skipped", "denied", "failed")
FIGURES = ("latency_p50_ms", "latency_p95_ms", "dispersion_bps")

# Orders that ended a moment ago are never settled, and most reports are about those: the condition
# keeps the trigger off the path of a fan-out.
UNSETTLE = """
CREATE FUNCTION unsettle_signal() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    DELETE FROM signal_outcomes
     WHERE signal_id = (SELECT signal_id FROM intents WHERE id = NEW.intent_id);
    RETURN NULL;
END $$
"""
WATCH_REPORTS = """
CREATE TRIGGER unsettle_signal AFTER UPDATE ON attempts FOR EACH ROW
WHEN (coalesce(OLD.resolved_at, '-infinity') < now() - interval '1 minute'
      AND OLD.state IN ('filled', 'canceled', 'expired', 'rejected', 'void', 'absent',
                        'late_filled')
      AND (OLD.state, OLD.filled_quantity, OLD.average_price, OLD.acknowledged_at)
          IS DISTINCT FROM (NEW.state, NEW.filled_quantity, NEW.average_price, NEW.acknowledged_at))
EXECUTE FUNCTION unsettle_signal()
"""
WATCH_RETRIES = """
CREATE TRIGGER unsettle_retried_signal AFTER INSERT ON attempts FOR EACH ROW
WHEN (NEW.number > 1) EXECUTE FUNCTION unsettle_signal()
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "signal_outcomes",
        sa.Column("signal_id", sa.Uuid(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        *(sa.Column(name, sa.Numeric(38, 18)) for name in FIGURES),
        sa.Column("settled_at", sa.TIMESTAMP(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["signal_id"], ["signals.id"], name=op.f("fk_signal_outcomes_signal_id")
        ),
        sa.PrimaryKeyConstraint("signal_id", name=op.f("pk_signal_outcomes")),
    )
    for statement in (UNSETTLE, WATCH_REPORTS, WATCH_RETRIES):
        op.execute(statement)
    op.execute("REVOKE EXECUTE ON FUNCTION unsettle_signal() FROM PUBLIC")
    op.execute("GRANT SELECT ON signal_outcomes TO patriot_web, patriot_daemon, patriot_auditor")
    op.execute("GRANT INSERT, UPDATE ON signal_outcomes TO patriot_daemon")
    op.execute("ALTER TABLE signal_outcomes ENABLE ROW LEVEL SECURITY")
    op.execute(
        "CREATE POLICY web ON signal_outcomes FOR SELECT TO patriot_web"
        " USING ((SELECT app_fence()) <> 'closed')"
    )
    op.execute(
        "CREATE POLICY others ON signal_outcomes FOR ALL"
        " TO patriot_daemon, patriot_bot, patriot_auditor USING (true) WITH CHECK (true)"
    )


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("DROP TRIGGER unsettle_retried_signal ON attempts")
    op.execute("DROP TRIGGER unsettle_signal ON attempts")
    op.execute("DROP FUNCTION unsettle_signal()")
    op.drop_table("signal_outcomes")
