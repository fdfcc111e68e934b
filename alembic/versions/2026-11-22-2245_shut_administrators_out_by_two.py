"""Shut administrators out by two persons.

Why: one administrator alone could suspend the others, or let a suspended one in again.
Forward: proposals may be about an administrator's access.
Back: such proposals are no longer known; refused while one is there.

Revision: 0045
Follows: 0044
"""

from alembic import op

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None

KNOWN = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything', 'reset_second_factor', 'finalise_months', 'credit_invoice',"
    " 'write_off_invoice'"
)
ADDED = "'suspend_administrator', 'reactivate_administrator'"


def upgrade() -> None:
    """Let proposals be about an administrator's access."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(f"{KNOWN}, {ADDED}")


def downgrade() -> None:
    """Know no such proposals."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(KNOWN)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({kinds})")
