"""Let the desk confirm addresses.

Why: on a desk that sends no e-mail nobody could change his address; of an administrator's two
persons decide.
Forward: proposals may be about an administrator's address.
Back: such proposals are no longer known; refused while one is there.

Revision: 0049
Follows: 0048
"""

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None

KNOWN = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything', 'reset_second_factor', 'finalise_months', 'credit_invoice',"
    " 'write_off_invoice', 'suspend_administrator', 'reactivate_administrator',"
    " 'sign_mandate', 'change_terms', 'reset_mark', 'end_mandate'"
)
ADDED = "'confirm_address'"


def upgrade() -> None:
    """Let proposals be about an administrator's address."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(f"{KNOWN}, {ADDED}")


def downgrade() -> None:
    """Know no such proposals."""
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow(KNOWN)


def _allow(kinds: str) -> None:
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({kinds})")
