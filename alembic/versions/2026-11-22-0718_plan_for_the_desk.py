"""Let the planner expect that the desk sees every row.

Why: "scope = 'staff'" is guessed to hold for one row in two hundred, so joins of four guarded tables
were planned for one row and read a hundred thousand; "fence <> 'closed'" is guessed to hold for all.
What a policy lets through stays the same: whoever is not staff meets a closed fence.
Forward: app_fence(), and the policies of the web process written with it.
Back: as before.

Revision: 0007
Follows: 0006
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

ME = "(SELECT app_user_id())"
BY_ACCOUNT = f"account_id IN (SELECT a.id FROM accounts AS a WHERE a.client_id = {ME})"
BY_MANDATE = f"mandate_id IN (SELECT m.id FROM mandates AS m WHERE m.client_id = {ME})"
OWN = {
    "accounts": f"client_id = {ME}",
    "mandates": f"client_id = {ME}",
    "account_states": BY_ACCOUNT,
    "credentials": BY_ACCOUNT,
    "allocations": BY_ACCOUNT,
    "fan_out_accounts": BY_ACCOUNT,
    "intents": BY_ACCOUNT,
    "attempts": BY_ACCOUNT,
    "fills": BY_ACCOUNT,
    "positions": BY_ACCOUNT,
    "protection_legs": BY_ACCOUNT,
    "ledger_rows": BY_ACCOUNT,
    "ledger_cursors": BY_ACCOUNT,
    "equity_snapshots": BY_ACCOUNT,
    "mandate_terms": BY_MANDATE,
    "mandate_accounts": BY_MANDATE,
    "fee_periods": BY_MANDATE,
    "invoices": BY_MANDATE,
    "notifications": f"user_id = {ME}",
    "events": f"actor_id = {ME}",
    "commands": f"issued_by = {ME}",
    "signals": "false",
    "fan_outs": "false",
    "risk_limits": "false",
    "halts": "false",
    "users": f"(SELECT app_scope()) = 'sign_in' OR id = {ME}",
    "sessions": f"(SELECT app_scope()) = 'sign_in' OR user_id = {ME}",
}
FENCE = """
CREATE FUNCTION app_fence() RETURNS text LANGUAGE sql STABLE AS
$$ SELECT CASE WHEN current_setting('app.scope', true) = 'staff' THEN 'open' ELSE 'closed' END $$
"""


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.execute(FENCE)
    _write("(SELECT app_fence()) <> 'closed'")


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _write("(SELECT app_scope()) = 'staff'")
    op.execute("DROP FUNCTION app_fence()")


def _write(staff: str) -> None:
    for table, own in OWN.items():
        may = f"{staff} OR {own}"
        op.execute(f"ALTER POLICY web ON {table} USING ({may}) WITH CHECK ({may})")
