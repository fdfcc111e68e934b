"""Let the daemon pause a deployment.

Why: a strategy that raises, hangs or takes too much memory is set aside by the daemon itself.
Forward: grants on the columns that pausing writes. Back: takes them away.

Revision: 0015
Follows: 0014
"""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

COLUMNS = "status, status_reason, status_changed_at"


def upgrade() -> None:
    op.execute(f"GRANT UPDATE ({COLUMNS}) ON deployments TO patriot_daemon")


def downgrade() -> None:
    op.execute(f"REVOKE UPDATE ({COLUMNS}) ON deployments FROM patriot_daemon")
