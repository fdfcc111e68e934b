"""Let auditors in for a while.

Why: an auditor reads everything until a day; a lost second factor is reset by two persons.
Forward: the role auditor, which nobody holds beside another and without an end; one more kind of
proposal.
Back: refused by the constraints while somebody is an auditor or such a proposal exists.

Revision: 0039
Follows: 0038
"""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

FORMER = (
    "'set_limit', 'clear_limit', 'create_strategy', 'change_strategy', 'change_roles',"
    " 'close_everything'"
)
KINDS = f"{FORMER}, 'reset_second_factor'"
HAS_AN_END = "NOT 'auditor' = ANY(roles) OR (access_until IS NOT NULL AND cardinality(roles) = 1)"


def upgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("users", sa.Column("access_until", sa.TIMESTAMP(timezone=True)))
    op.create_check_constraint(op.f("ck_users_auditor_has_an_end"), "users", HAS_AN_END)
    _allow_kinds(KINDS)


def downgrade() -> None:
    op.execute("SET LOCAL lock_timeout = '5s'")
    _allow_kinds(FORMER)
    op.drop_constraint(op.f("ck_users_auditor_has_an_end"), "users")
    op.drop_column("users", "access_until")


def _allow_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_proposals_kind"), "proposals")
    op.create_check_constraint(op.f("ck_proposals_kind"), "proposals", f"kind IN ({kinds})")
