"""Let people look in chats.

Why: a person's chat shows what his pages show, so the bot reads what the web process reads, and the
same policies hold it to the rows of whoever writes: until now it passed by them.
Forward: `choices` of telegram_questions; policies of the web process count for the bot too; SELECT on
what screens show, without anything that lets somebody in.
Back: as before.

Revision: 0057
Follows: 0056
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None

KEPT_OPEN = (
    "telegram_bots",
    "telegram_links",
    "telegram_offers",
    "telegram_sign_ins",
    "invitations",
    "registration_codes",
    "sign_in_attempts",
)
"""Where the bot serves strangers, or counts for the sign-in page."""
SHOWN = (
    "accounts, account_states, allocations, attempts, candles, cold_modes, commands, credit_notes,"
    " deployments, discrepancies, equity_snapshots, exit_plans, fan_out_accounts, fan_outs,"
    " fee_periods, fills, halt_accounts, halts, heartbeats, incident_pages, incidents, instruments,"
    " intents, invoice_reminders, invoices, invoicing_settings, job_runs, key_checks, last_prices,"
    " ledger_cursors, ledger_rows, lockdowns, maintenance_windows, mandate_accounts, mandate_marks,"
    " mandate_terms, mandates, market_clock, payments, positions, protection_legs, risk_limits,"
    " segment_days, profit_days, shard_leases, signal_outcomes, signals, strategies,"
    " strategy_versions"
)
KEY_COLUMNS = (
    "id, account_id, status, key_id, masked_key, fingerprint, created_by, client_consent, checked_at,"
    " rejection, permissions, expires_at, created_at, findings, last_error, next_try_at, tries"
)
FORMERLY = "accounts, account_states, positions, equity_snapshots"
KINDS = "'sign_in', 'unlink'"
# What no policy of the web process guards has none for the bot either.
_FENCE = """
DO $$
DECLARE guarded record;
BEGIN
  FOR guarded IN SELECT p.tablename FROM pg_policies AS p
                  WHERE p.schemaname = 'public' AND p.policyname = 'others'
                    AND 'patriot_bot' = ANY(p.roles) AND p.tablename <> ALL({kept})
                    AND EXISTS (SELECT 1 FROM pg_policies AS w WHERE w.tablename = p.tablename
                                AND w.policyname = 'web')
  LOOP
    EXECUTE format('ALTER POLICY others ON %I TO %s', guarded.tablename,
      (SELECT string_agg(quote_ident(role), ', ') FROM unnest((SELECT roles FROM pg_policies
        WHERE tablename = guarded.tablename AND policyname = 'others')) AS role
        WHERE role <> 'patriot_bot'));
  END LOOP;
  FOR guarded IN SELECT p.tablename FROM pg_policies AS p
                  WHERE p.schemaname = 'public' AND p.policyname = 'web'
                    AND p.tablename <> ALL({kept})
  LOOP
    EXECUTE format('ALTER POLICY web ON %I TO patriot_web, patriot_bot', guarded.tablename);
  END LOOP;
END $$
"""
_UNFENCE = """
DO $$
DECLARE guarded record;
BEGIN
  FOR guarded IN SELECT p.tablename FROM pg_policies AS p
                  WHERE p.schemaname = 'public' AND p.policyname = 'web'
                    AND 'patriot_bot' = ANY(p.roles)
  LOOP
    EXECUTE format('ALTER POLICY web ON %I TO patriot_web', guarded.tablename);
    IF EXISTS (SELECT 1 FROM pg_policies WHERE tablename = guarded.tablename
               AND policyname = 'others') THEN
      EXECUTE format('ALTER POLICY others ON %I TO %s, patriot_bot', guarded.tablename,
        (SELECT string_agg(quote_ident(role), ', ') FROM unnest((SELECT roles FROM pg_policies
          WHERE tablename = guarded.tablename AND policyname = 'others')) AS role));
    END IF;
  END LOOP;
END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column(
        "telegram_questions",
        sa.Column("choices", JSONB(), nullable=False, server_default=sa.text("'[]'")),
    )
    _allow_kinds(f"{KINDS}, 'menu', 'typed'")
    op.execute(_FENCE.format(kept=_array(KEPT_OPEN)))
    op.execute(f"GRANT SELECT ON {SHOWN} TO patriot_bot")
    op.execute(f"GRANT SELECT ({KEY_COLUMNS}) ON credentials TO patriot_bot")
    op.execute("GRANT SELECT (status_reason) ON users TO patriot_bot")
    # The policy of notifications asks whose a change of address is.
    op.execute("GRANT SELECT (id, user_id) ON email_changes TO patriot_bot")
    op.execute("GRANT DELETE ON telegram_questions TO patriot_bot")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute("REVOKE DELETE ON telegram_questions FROM patriot_bot")
    op.execute("REVOKE SELECT (id, user_id) ON email_changes FROM patriot_bot")
    op.execute("REVOKE SELECT (status_reason) ON users FROM patriot_bot")
    op.execute(f"REVOKE SELECT ({KEY_COLUMNS}) ON credentials FROM patriot_bot")
    op.execute(f"REVOKE SELECT ON {SHOWN} FROM patriot_bot")
    op.execute(f"GRANT SELECT ON {FORMERLY} TO patriot_bot")
    op.execute("GRANT SELECT ON heartbeats TO patriot_bot")
    op.execute(_UNFENCE)
    op.execute("DELETE FROM telegram_questions WHERE kind IN ('menu', 'typed')")
    _allow_kinds(KINDS)
    op.drop_column("telegram_questions", "choices")


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_telegram_questions_kind"), "telegram_questions", type_="check")
    op.create_check_constraint(
        op.f("ck_telegram_questions_kind"), "telegram_questions", f"kind IN ({kinds})"
    )


def _array(names: tuple[str, ...]) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return f"ARRAY[{listed}]::name[]"
